"""The endpoints of the fake EcoTaxa, one module for each kind of object."""

from annoport.testing.ecotaxa.call import Routes
from annoport.testing.ecotaxa.endpoints import (
    collections,
    exports,
    imports,
    jobs,
    objects,
    projects,
    samples,
    server,
    taxa,
    updates,
    uploads,
    user_files,
    users,
    vault,
)

ROUTES: Routes = {
    **collections.ROUTES,
    **exports.ROUTES,
    **imports.ROUTES,
    **jobs.ROUTES,
    **objects.ROUTES,
    **projects.ROUTES,
    **samples.ROUTES,
    **server.ROUTES,
    **taxa.ROUTES,
    **updates.ROUTES,
    **uploads.ROUTES,
    **user_files.ROUTES,  # after uploads, because its last path matches any other
    **users.ROUTES,
    **vault.ROUTES,
}
