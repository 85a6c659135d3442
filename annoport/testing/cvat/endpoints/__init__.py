"""The endpoints of the fake CVAT, one module for each kind of object."""

from annoport.testing.cvat.call import Routes
from annoport.testing.cvat.endpoints import (
    annotations,
    auth,
    cloudstorages,
    data,
    exports,
    functions,
    imports,
    jobs,
    labels,
    organizations,
    projects,
    quality,
    requests,
    server,
    serverless,
    tasks,
    uploads,
    users,
)
from annoport.testing.cvat.routing import merged

ROUTES: Routes = merged(
    (
        annotations.ROUTES,
        auth.ROUTES,
        cloudstorages.ROUTES,
        data.ROUTES,
        exports.ROUTES,
        functions.ROUTES,
        imports.ROUTES,
        jobs.ROUTES,
        labels.ROUTES,
        organizations.ROUTES,
        projects.ROUTES,
        quality.ROUTES,
        requests.ROUTES,
        server.ROUTES,
        serverless.ROUTES,
        tasks.ROUTES,
        users.ROUTES,
        uploads.ROUTES,  # last, because the id of an upload matches any word
    )
)
