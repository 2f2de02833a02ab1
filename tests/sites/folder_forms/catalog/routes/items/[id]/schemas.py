def describe(id):
    return {"id": id}
