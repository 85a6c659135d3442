"""The endpoints of the fake Tator, one module for each kind of object."""

from annoport.testing.tator.call import Routes
from annoport.testing.tator.endpoints import (
    algorithms,
    annotations,
    files,
    images,
    jobs,
    leaves,
    media,
    media_files,
    projects,
    temporary_files,
    transcodes,
    transfers,
    types,
    users,
)

ROUTES: Routes = {
    **algorithms.ROUTES,
    **annotations.ROUTES,
    **files.ROUTES,
    **images.ROUTES,
    **jobs.ROUTES,
    **leaves.ROUTES,
    **media.ROUTES,
    **media_files.ROUTES,
    **projects.ROUTES,
    **temporary_files.ROUTES,
    **transcodes.ROUTES,
    **transfers.ROUTES,
    **types.ROUTES,
    **users.ROUTES,
}
