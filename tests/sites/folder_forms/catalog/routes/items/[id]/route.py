from .schemas import describe


def GET(id):
    return describe(id)
