from django_routehandlers.routing.problems import Problem


def test_text_is_what_check_prints():
    problem = Problem(
        ("shop/routes/posts/route.py",),
        "W001",
        "'get' is not an HTTP method, so no request reaches it.",
        "Rename it to 'GET', or start its name with an underscore.",
    )

    text = str(problem)

    assert text == (
        "shop/routes/posts/route.py: (routehandlers.W001) 'get' is not an HTTP method, "
        "so no request reaches it.\n"
        "\tHINT: Rename it to 'GET', or start its name with an underscore."
    )


def test_only_errors_break_routes():
    error = Problem(("a",), "E001", "", "")
    warning = Problem(("a",), "W001", "", "")

    assert (error.is_error, warning.is_error) == (True, False)


def test_problems_are_sorted_by_file_and_then_by_id():
    first = Problem(("a", "z"), "W001", "", "")
    second = Problem(("b",), "E001", "", "")
    third = Problem(("b",), "E002", "", "")

    assert sorted([third, first, second]) == [first, second, third]
