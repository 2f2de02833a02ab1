def GET(order, line):
    return {"order": order, "line": line}
