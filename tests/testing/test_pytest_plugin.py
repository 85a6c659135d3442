"""The fixtures that users of pytest get."""

from __future__ import annotations

import annoport_cvat
import annoport_ecotaxa
import annoport_tator
from annoport.testing import FakeServer
from annoport.testing.cvat import FakeCvat
from annoport.testing.ecotaxa import FakeEcotaxa
from annoport.testing.tator import FakeTator


def test_each_platform_has_a_server(
    cvat_server: FakeServer[FakeCvat],
    ecotaxa_server: FakeServer[FakeEcotaxa],
    tator_server: FakeServer[FakeTator],
) -> None:
    with annoport_cvat.Client(cvat_server.url, token=cvat_server.token) as cvat:
        assert cvat.users.retrieve_self().username == cvat_server.username
    with annoport_ecotaxa.Client(ecotaxa_server.url, token=ecotaxa_server.token) as ecotaxa:
        assert ecotaxa.users.show_current_user().email == ecotaxa_server.username
    with annoport_tator.Client(tator_server.url, token=tator_server.token) as tator:
        assert tator.users.whoami().username == tator_server.username
