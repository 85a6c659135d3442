"""An annotation service in Django REST framework, described by drf-spectacular."""

from __future__ import annotations

import json

import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only for a document",
    REST_FRAMEWORK={
        "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
        "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
        "PAGE_SIZE": 20,
        "DEFAULT_AUTHENTICATION_CLASSES": [
            "rest_framework.authentication.SessionAuthentication",
            "rest_framework.authentication.BasicAuthentication",
        ],
    },
    SPECTACULAR_SETTINGS={"TITLE": "Transect", "VERSION": "1.2.3", "COMPONENT_SPLIT_REQUEST": True},
)
django.setup()

from django.db import models  # noqa: E402
from django.urls import include, path  # noqa: E402
from drf_spectacular.generators import SchemaGenerator  # noqa: E402
from drf_spectacular.utils import (  # noqa: E402
    OpenApiParameter,
    PolymorphicProxySerializer,
    extend_schema,
)
from rest_framework import decorators, response, routers, serializers, viewsets  # noqa: E402


class Transect(models.Model):
    """A transect."""

    class Quality(models.TextChoices):
        GOOD = "good"
        BAD = "bad"

    name = models.CharField(max_length=50)
    quality = models.CharField(max_length=9, choices=Quality.choices, blank=True, null=True)
    zone = models.IntegerField(choices=[(1, "shallow"), (2, "deep")], default=1)
    length = models.DecimalField(max_digits=8, decimal_places=2)
    began = models.DateTimeField(null=True)
    created = models.DateTimeField(auto_now_add=True)
    cover = models.ImageField(null=True)
    secret = models.CharField(max_length=20)
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE)

    class Meta:
        app_label = "transects"


class PlantSerializer(serializers.Serializer):
    type = serializers.ChoiceField(choices=["plant"])
    height = serializers.FloatField(allow_null=True)


class FishSerializer(serializers.Serializer):
    type = serializers.ChoiceField(choices=["fish"])
    fins = serializers.IntegerField(min_value=0)


class WormSerializer(serializers.Serializer):
    length = serializers.FloatField()


class EelSerializer(serializers.Serializer):
    teeth = serializers.IntegerField(allow_null=True)


class TransectSerializer(serializers.ModelSerializer):
    secret = serializers.CharField(write_only=True)
    counts = serializers.DictField(child=serializers.IntegerField(), required=False)
    box = serializers.JSONField(required=False)

    class Meta:
        model = Transect
        fields = "__all__"
        read_only_fields = ("created",)


SIGHTING = PolymorphicProxySerializer(
    component_name="Sighting",
    serializers={"plant": PlantSerializer, "fish": FishSerializer},
    resource_type_field_name="type",
)
EITHER = PolymorphicProxySerializer(
    component_name="Either",
    serializers=[WormSerializer, EelSerializer],
    resource_type_field_name=None,
)


class UploadSerializer(serializers.Serializer):
    file = serializers.FileField()
    label = serializers.ChoiceField(choices=["a", "b"], allow_blank=True)


class TransectViewSet(viewsets.ModelViewSet):
    """Transects."""

    queryset = Transect.objects.all()
    serializer_class = TransectSerializer

    @extend_schema(responses=SIGHTING)
    @decorators.action(detail=True)
    def sighting(self, request, pk=None):
        return response.Response()

    @extend_schema(request=SIGHTING, responses=EITHER)
    @decorators.action(detail=True, methods=["post"])
    def sight(self, request, pk=None):
        return response.Response()

    @extend_schema(request={"multipart/form-data": UploadSerializer}, responses={204: None})
    @decorators.action(detail=True, methods=["post"])
    def upload(self, request, pk=None):
        return response.Response()

    @extend_schema(
        parameters=[OpenApiParameter("ids", int, many=True, explode=False)],
        responses={(200, "application/zip"): bytes},
    )
    @decorators.action(detail=False)
    def archive(self, request):
        return response.Response()


router = routers.DefaultRouter()
router.register("transects", TransectViewSet)
urlpatterns = [path("api/", include(router.urls))]

if __name__ == "__main__":
    document = SchemaGenerator().get_schema(request=None, public=True)
    print(json.dumps(document, indent=1, default=str))
