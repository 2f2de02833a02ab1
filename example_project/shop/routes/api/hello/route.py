"""The shortest route: a function, and a dict that becomes JSON."""


def GET():
    return {"message": "Hello"}
