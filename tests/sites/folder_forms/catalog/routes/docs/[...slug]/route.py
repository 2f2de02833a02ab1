def GET(slug):
    return {"slug": slug}
