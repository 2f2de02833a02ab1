def GET(id):
    return {"id": id}
