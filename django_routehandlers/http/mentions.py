"""Tell whether the functions of a module name something."""

from types import CodeType, FunctionType, ModuleType


def mentions(module: ModuleType | None, name: str) -> bool:
    """
    Tell whether a function of a module has a name in its code, as in `http.after()`.

    That is more than what it may call, and enough to be prepared.

    >>> import os.path
    >>> mentions(os.path, "getcwd"), mentions(os.path, "after")
    (True, False)
    """
    values = list(vars(module).values()) if module is not None else []
    classes = [vars(value).values() for value in values if _is_a(value, type)]
    values += [member for members in classes for member in members]
    functions = [value for value in values if _is_a(value, FunctionType)]
    for function in functions:
        inner = getattr(function, "__wrapped__", None)
        if _is_a(inner, FunctionType):
            # The list grows while it is read, down to the innermost function.
            functions.append(inner)
        if _has(function.__code__, name):
            return True
    return False


def _is_a(value: object, kind: type) -> bool:
    """Tell what `isinstance()` does, of no lazy object what it stands for."""
    return issubclass(type(value), kind)


def _has(code: CodeType, name: str) -> bool:
    inner = (const for const in code.co_consts if isinstance(const, CodeType))
    return name in code.co_names or any(_has(each, name) for each in inner)
