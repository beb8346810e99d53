"""The operations of the API, one method each. Written by `make client`: change the API, not this file."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from types import NoneType
from typing import Literal
from uuid import UUID

from dashboards.api_wire import Call, Request, Upload, path_part
from dashboards.generated import models


class Operations:
    """The API's operations, called through `call`. Each raises the API's errors.

    What is None is not sent. Of a body only the fields that were set are sent: null empties one, where the API says so.
    """

    def __init__(self, call: Call) -> None:
        self._call = call

    def list_alerts(
        self,
        *,
        schedule: Sequence[Literal["daily", "weekly", "monthly"]] | None = None,
        channel: Sequence[Literal["app", "email"]] | None = None,
        is_active: bool | None = None,
        created_by: Sequence[UUID] | None = None,
        created_at_from: datetime | None = None,
        created_at_to: datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        sort: str | None = None,
        q: str | None = None,
    ) -> models.PageAlertAnswer:
        """Listar las alertas.

        Las alertas de su organización; busca por nombre.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(
            models.PageAlertAnswer,
            Request(
                "GET",
                "/api/alerts",
                query={
                    "schedule": schedule,
                    "channel": channel,
                    "is_active": is_active,
                    "created_by": created_by,
                    "created_at_from": created_at_from,
                    "created_at_to": created_at_to,
                    "limit": limit,
                    "cursor": cursor,
                    "sort": sort,
                    "q": q,
                },
            ),
        )

    def create_alert(self, body: models.AlertFields, *, idempotency_key: str | None = None) -> models.AlertAnswer:
        """Crear una alerta.

        Una consulta a las métricas (MetricQuery) con una sola métrica, y la condición que la hace avisar.

        _Pueden: dueño, administrador, gerente y vendedor._
        """
        return self._call(
            models.AlertAnswer, Request("POST", "/api/alerts", headers={"idempotency-key": idempotency_key}, body=body)
        )

    def preview_alert(self, body: models.AlertFields) -> models.AlertEvaluation:
        """Probar una alerta sin guardarla.

        Lo que la alerta encontraría ahora. No guarda ni envía nada.

        _Pueden: dueño, administrador, gerente y vendedor._
        """
        return self._call(models.AlertEvaluation, Request("POST", "/api/alerts/preview", body=body))

    def get_alert(self, alert_id: UUID) -> models.AlertAnswer:
        """Ver una alerta.

        El ETag de la respuesta sirve como If-Match al cambiarla.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(models.AlertAnswer, Request("GET", f"/api/alerts/{path_part(alert_id)}"))

    def change_alert(
        self, alert_id: UUID, body: models.AlertFields, *, if_match: str | None = None
    ) -> models.AlertAnswer:
        """Cambiar una alerta.

        Lo enviado reemplaza la alerta entera.

        _Pueden: dueño, administrador, gerente y vendedor._
        """
        return self._call(
            models.AlertAnswer,
            Request("PUT", f"/api/alerts/{path_part(alert_id)}", headers={"if-match": if_match}, body=body),
        )

    def delete_alert(self, alert_id: UUID, *, if_match: str | None = None) -> None:
        """Borrar una alerta.

        Deja de avisar; si solo quiere una pausa, cámbiela con is_active en falso.

        _Pueden: dueño, administrador, gerente y vendedor._
        """
        self._call(NoneType, Request("DELETE", f"/api/alerts/{path_part(alert_id)}", headers={"if-match": if_match}))

    def test_alert(self, alert_id: UUID) -> models.AlertEvaluation:
        """Probar una alerta.

        El valor de ahora y si avisaría. No guarda ni envía nada.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(models.AlertEvaluation, Request("POST", f"/api/alerts/{path_part(alert_id)}/test"))

    def segment_analysis(
        self,
        *,
        period: Literal[
            "this_month",
            "last_month",
            "last_30_days",
            "last_90_days",
            "last_12_months",
            "this_year",
            "last_year",
            "last_3_years",
            "all",
        ]
        | None = None,
        start: date | None = None,
        end: date | None = None,
    ) -> models.SegmentAnalysis:
        """Analizar los segmentos de clientes.

        Cuántos clientes hay en cada segmento, qué han comprado (en 12 meses, si no dice otra cosa) y cómo han cambiado.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(
            models.SegmentAnalysis,
            Request("GET", "/api/analytics/customers/segments", query={"period": period, "start": start, "end": end}),
        )

    def dashboard_figures(
        self,
        *,
        dashboard_id: UUID | None = None,
        period: Literal[
            "this_month",
            "last_month",
            "last_30_days",
            "last_90_days",
            "last_12_months",
            "this_year",
            "last_year",
            "last_3_years",
            "all",
        ]
        | None = None,
        start: date | None = None,
        end: date | None = None,
    ) -> models.DashboardResult:
        """Ver un tablero con sus cifras.

        Lo que cada widget muestra hoy, de su propio período o del que usted pida para todos.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(
            models.DashboardResult,
            Request(
                "GET",
                "/api/analytics/dashboard",
                query={"dashboard_id": dashboard_id, "period": period, "start": start, "end": end},
            ),
        )

    def list_metrics(self) -> models.CatalogueAnswer:
        """Ver qué se puede preguntar.

        Las métricas y las dimensiones, con sus nombres en español.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(models.CatalogueAnswer, Request("GET", "/api/analytics/metrics"))

    def conversion_analysis(
        self,
        *,
        pipeline_id: UUID | None = None,
        by: Literal["pipeline", "seller", "source", "product"] | None = None,
        period: Literal[
            "this_month",
            "last_month",
            "last_30_days",
            "last_90_days",
            "last_12_months",
            "this_year",
            "last_year",
            "last_3_years",
            "all",
        ]
        | None = None,
        start: date | None = None,
        end: date | None = None,
    ) -> models.ConversionAnalysis:
        """Analizar la conversión de las oportunidades.

        De abiertas a ganadas: totales contra el período anterior, por mes, por embudo o vendedor, motivos y avance.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(
            models.ConversionAnalysis,
            Request(
                "GET",
                "/api/analytics/opportunities/conversion",
                query={"pipeline_id": pipeline_id, "by": by, "period": period, "start": start, "end": end},
            ),
        )

    def pipeline_performance(
        self,
        *,
        pipeline_id: UUID | None = None,
        period: Literal[
            "this_month",
            "last_month",
            "last_30_days",
            "last_90_days",
            "last_12_months",
            "this_year",
            "last_year",
            "last_3_years",
            "all",
        ]
        | None = None,
        start: date | None = None,
        end: date | None = None,
    ) -> models.PipelinePerformance:
        """Analizar el rendimiento de los embudos.

        Qué hay en cada etapa, y cuántas oportunidades entraron, avanzaron y se perdieron (en 90 días, si no dice otra
        cosa).

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(
            models.PipelinePerformance,
            Request(
                "GET",
                "/api/analytics/pipeline/performance",
                query={"pipeline_id": pipeline_id, "period": period, "start": start, "end": end},
            ),
        )

    def query_metrics(self, body: models.MetricQuery) -> models.MetricResult:
        """Preguntar a las métricas.

        Una MetricQuery: métricas, agrupaciones, filtros, período. Solo ve los datos de su organización.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(models.MetricResult, Request("POST", "/api/analytics/query", body=body))

    def recommendations(self, *, mine: bool | None = None, limit: int | None = None) -> models.RecommendationList:
        """Ver a quién escribir hoy.

        Seguimientos y próximos pasos que vencieron, clientes en riesgo y oportunidades estancadas, con su porqué y su
        enlace.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(
            models.RecommendationList,
            Request("GET", "/api/analytics/recommendations", query={"mine": mine, "limit": limit}),
        )

    def list_api_keys(
        self, *, limit: int | None = None, cursor: str | None = None, sort: str | None = None, q: str | None = None
    ) -> models.PageApiKeyAnswer:
        """Listar las llaves de API.

        Las llaves de su organización que no se han revocado, sin su secreto.

        _Pueden: dueño y administrador; no con una llave de API._
        """
        return self._call(
            models.PageApiKeyAnswer,
            Request("GET", "/api/api-keys", query={"limit": limit, "cursor": cursor, "sort": sort, "q": q}),
        )

    def make_api_key(self, body: models.NewApiKey, *, idempotency_key: str | None = None) -> models.ApiKeyMade:
        """Crear una llave de API.

        La llave se muestra una sola vez y se usa como `Authorization: Bearer pym_…`.

        Actúa por quien la crea, dentro de los permisos (`scopes`) que se le den. Nunca administra personas ni llaves.

        _Pueden: dueño y administrador; no con una llave de API._
        """
        return self._call(
            models.ApiKeyMade, Request("POST", "/api/api-keys", headers={"idempotency-key": idempotency_key}, body=body)
        )

    def revoke_api_key(self, api_key_id: UUID) -> None:
        """Revocar una llave de API.

        Deja de servir de inmediato.

        _Pueden: dueño y administrador; no con una llave de API._
        """
        self._call(NoneType, Request("DELETE", f"/api/api-keys/{path_part(api_key_id)}"))

    def list_audit(
        self,
        *,
        entity: Sequence[str] | None = None,
        entity_id: Sequence[UUID] | None = None,
        action: Sequence[str] | None = None,
        user_id: Sequence[UUID] | None = None,
        api_key_id: Sequence[UUID] | None = None,
        request_id: Sequence[str] | None = None,
        created_at_from: datetime | None = None,
        created_at_to: datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        sort: Literal["created_at", "-created_at"] | None = None,
    ) -> models.PageAuditAnswer:
        """Ver quién hizo qué.

        Cada cambio: quién lo hizo, cuándo, qué había antes y qué quedó. Nadie puede cambiar este registro.

        _Pueden: dueño y administrador._
        """
        return self._call(
            models.PageAuditAnswer,
            Request(
                "GET",
                "/api/audit",
                query={
                    "entity": entity,
                    "entity_id": entity_id,
                    "action": action,
                    "user_id": user_id,
                    "api_key_id": api_key_id,
                    "request_id": request_id,
                    "created_at_from": created_at_from,
                    "created_at_to": created_at_to,
                    "limit": limit,
                    "cursor": cursor,
                    "sort": sort,
                },
            ),
        )

    def accept_invitation(
        self, body: models.AcceptInvitationRequest, *, idempotency_key: str | None = None
    ) -> models.LoginAnswer:
        """Aceptar una invitación.

        Con el código del correo: crea su cuenta y la deja adentro. No hace falta haber ingresado.

        _No hace falta haber ingresado._
        """
        return self._call(
            models.LoginAnswer,
            Request("POST", "/api/auth/accept-invitation", headers={"Idempotency-Key": idempotency_key}, body=body),
        )

    def forgot_password(self, body: models.ForgotPasswordRequest) -> models.Acknowledgement:
        """Olvidé mi contraseña.

        Si hay una cuenta con ese correo, le llega un enlace que sirve una vez y por una hora.

        La respuesta es la misma la haya o no.

        _No hace falta haber ingresado._
        """
        return self._call(models.Acknowledgement, Request("POST", "/api/auth/forgot-password", body=body))

    def login(self, body: models.LoginRequest) -> models.LoginAnswer:
        """Ingresar.

        Da un access_token de 15 minutos y un refresh_token que sirve una sola vez.

        Tras 5 intentos fallidos hay que esperar: un minuto, y el doble con cada fallo siguiente (429, con Retry-After).

        _No hace falta haber ingresado._
        """
        return self._call(models.LoginAnswer, Request("POST", "/api/auth/login", body=body))

    def logout(self, body: models.LogoutRequest | None = None) -> None:
        """Salir.

        Cierra la sesión con la que se hace la llamada.

        _Pueden: cualquiera que haya ingresado; no con una llave de API._
        """
        self._call(NoneType, Request("POST", "/api/auth/logout", body=body))

    def change_password(self, body: models.PasswordChange) -> None:
        """Cambiar mi contraseña.

        Pide la contraseña actual. Cierra sus otras sesiones; esta sigue abierta.

        _Pueden: cualquiera que haya ingresado; no con una llave de API._
        """
        self._call(NoneType, Request("PUT", "/api/auth/password", body=body))

    def refresh_token(self, body: models.RefreshRequest) -> models.Tokens:
        """Renovar los tokens.

        Cambia un refresh_token por tokens nuevos. Usar uno ya usado cierra la sesión entera.

        _No hace falta haber ingresado._
        """
        return self._call(models.Tokens, Request("POST", "/api/auth/refresh-token", body=body))

    def register(self, body: models.RegisterRequest, *, idempotency_key: str | None = None) -> models.LoginAnswer:
        """Registrar una organización y a su dueño.

        Crea la organización con lo que su industria trae de entrada, y deja adentro a quien la registra.

        _No hace falta haber ingresado._
        """
        return self._call(
            models.LoginAnswer,
            Request("POST", "/api/auth/register", headers={"Idempotency-Key": idempotency_key}, body=body),
        )

    def reset_password(self, body: models.ResetPasswordRequest) -> None:
        """Poner una contraseña nueva con el código del correo.

        Cambia la contraseña y cierra todas las sesiones. El código sirve una sola vez.

        _No hace falta haber ingresado._
        """
        self._call(NoneType, Request("POST", "/api/auth/reset-password", body=body))

    def list_sessions(self) -> models.SessionList:
        """Ver mis sesiones.

        Los dispositivos en los que usted ha ingresado y que siguen abiertos.

        _Pueden: cualquiera que haya ingresado; no con una llave de API._
        """
        return self._call(models.SessionList, Request("GET", "/api/auth/sessions"))

    def end_other_sessions(self) -> None:
        """Cerrar mis otras sesiones.

        Cierra todas sus sesiones menos esta.

        _Pueden: cualquiera que haya ingresado; no con una llave de API._
        """
        self._call(NoneType, Request("DELETE", "/api/auth/sessions"))

    def end_session(self, session_id: UUID) -> None:
        """Cerrar una de mis sesiones.

        Desde ese momento, ese dispositivo debe ingresar de nuevo.

        _Pueden: cualquiera que haya ingresado; no con una llave de API._
        """
        self._call(NoneType, Request("DELETE", f"/api/auth/sessions/{path_part(session_id)}"))

    def list_custom_fields(
        self,
        *,
        entity_type: Literal["customer", "opportunity", "interaction", "sale"] | None = None,
        archived: bool | None = None,
    ) -> models.CustomFieldList:
        """Listar los campos personalizados.

        Los campos en uso, de una entidad o de todas, en el orden de las pantallas.

        De una sola entidad, el ETag sirve como If-Match al cambiar el orden.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(
            models.CustomFieldList,
            Request("GET", "/api/custom-fields", query={"entity_type": entity_type, "archived": archived}),
        )

    def create_custom_field(
        self, body: models.NewCustomField, *, idempotency_key: str | None = None
    ) -> models.CustomFieldAnswer:
        """Crear un campo personalizado.

        El nombre interno (`field_name`) sale de la etiqueta y no cambia nunca, aunque la etiqueta cambie.

        _Pueden: dueño y administrador._
        """
        return self._call(
            models.CustomFieldAnswer,
            Request("POST", "/api/custom-fields", headers={"idempotency-key": idempotency_key}, body=body),
        )

    def order_custom_fields(self, body: models.FieldOrder, *, if_match: str | None = None) -> models.CustomFieldList:
        """Ordenar los campos de una entidad.

        Envíe todos los campos en uso de la entidad, en el orden deseado.

        _Pueden: dueño y administrador._
        """
        return self._call(
            models.CustomFieldList,
            Request("PUT", "/api/custom-fields/order", headers={"if-match": if_match}, body=body),
        )

    def get_custom_field(self, field_id: UUID) -> models.CustomFieldDetail:
        """Ver un campo personalizado.

        Con cuántos registros tienen un valor en él. El ETag sirve como If-Match al cambiarlo.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(models.CustomFieldDetail, Request("GET", f"/api/custom-fields/{path_part(field_id)}"))

    def change_custom_field(
        self, field_id: UUID, body: models.CustomFieldChange, *, if_match: str | None = None
    ) -> models.CustomFieldAnswer:
        """Cambiar un campo personalizado.

        El tipo cambia solo si todos los valores guardados se convierten; si no, no cambia nada y se dice cuántos
        fallan.

        Renombrar una opción cambia los valores guardados. Una opción en uso no se quita sin decir con cuál se
        reemplaza.

        _Pueden: dueño y administrador._
        """
        return self._call(
            models.CustomFieldAnswer,
            Request("PUT", f"/api/custom-fields/{path_part(field_id)}", headers={"if-match": if_match}, body=body),
        )

    def archive_custom_field(self, field_id: UUID, *, if_match: str | None = None) -> None:
        """Archivar un campo personalizado.

        Deja de mostrarse y de pedirse; sus valores no se pierden y vuelven al restaurarlo.

        _Pueden: dueño y administrador._
        """
        self._call(
            NoneType, Request("DELETE", f"/api/custom-fields/{path_part(field_id)}", headers={"if-match": if_match})
        )

    def restore_custom_field(self, field_id: UUID) -> models.CustomFieldAnswer:
        """Restaurar un campo archivado.

        Vuelve a usarse, con los valores que tenía.

        _Pueden: dueño y administrador._
        """
        return self._call(
            models.CustomFieldAnswer, Request("POST", f"/api/custom-fields/{path_part(field_id)}/restore")
        )

    def list_customers(
        self,
        *,
        customer_id: Sequence[UUID] | None = None,
        kind: Sequence[Literal["person", "company"]] | None = None,
        status: Sequence[Literal["active", "inactive"]] | None = None,
        segment: Sequence[str] | None = None,
        segment_empty: bool | None = None,
        first_name: Sequence[str] | None = None,
        first_name_empty: bool | None = None,
        last_name: Sequence[str] | None = None,
        last_name_empty: bool | None = None,
        company_name: Sequence[str] | None = None,
        company_name_empty: bool | None = None,
        identification_type: Sequence[str] | None = None,
        identification_number: Sequence[str] | None = None,
        identification_number_empty: bool | None = None,
        email: Sequence[str] | None = None,
        email_empty: bool | None = None,
        phone: Sequence[str] | None = None,
        phone_empty: bool | None = None,
        phone_alt: Sequence[str] | None = None,
        phone_alt_empty: bool | None = None,
        address_empty: bool | None = None,
        province: Sequence[str] | None = None,
        province_empty: bool | None = None,
        canton: Sequence[str] | None = None,
        canton_empty: bool | None = None,
        district: Sequence[str] | None = None,
        district_empty: bool | None = None,
        tags: Sequence[str] | None = None,
        tag: Sequence[str] | None = None,
        tags_all: Sequence[str] | None = None,
        tags_empty: bool | None = None,
        owner_user_id: Sequence[UUID] | None = None,
        owner_user_id_empty: bool | None = None,
        external_id: Sequence[str] | None = None,
        external_id_empty: bool | None = None,
        source: Sequence[str] | None = None,
        source_empty: bool | None = None,
        consent: Sequence[Literal["whatsapp", "call", "sms", "email", "visit", "other"]] | None = None,
        created_at_from: datetime | None = None,
        created_at_to: datetime | None = None,
        updated_at_from: datetime | None = None,
        updated_at_to: datetime | None = None,
        last_interaction_from: datetime | None = None,
        last_interaction_to: datetime | None = None,
        last_interaction_empty: bool | None = None,
        lifetime_value_from: Decimal | None = None,
        lifetime_value_to: Decimal | None = None,
        lifetime_value_empty: bool | None = None,
        custom: Sequence[str] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        sort: str | None = None,
        q: str | None = None,
    ) -> models.PageCustomerAnswer:
        """Listar los clientes.

        Busca por nombre, correo, teléfono, identificación o código, sin importar tildes, mayúsculas, guiones ni
        espacios.

        Si nada coincide, devuelve los que más se parecen, como cuando hay un error al escribir.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(
            models.PageCustomerAnswer,
            Request(
                "GET",
                "/api/customers",
                query={
                    "customer_id": customer_id,
                    "kind": kind,
                    "status": status,
                    "segment": segment,
                    "segment_empty": segment_empty,
                    "first_name": first_name,
                    "first_name_empty": first_name_empty,
                    "last_name": last_name,
                    "last_name_empty": last_name_empty,
                    "company_name": company_name,
                    "company_name_empty": company_name_empty,
                    "identification_type": identification_type,
                    "identification_number": identification_number,
                    "identification_number_empty": identification_number_empty,
                    "email": email,
                    "email_empty": email_empty,
                    "phone": phone,
                    "phone_empty": phone_empty,
                    "phone_alt": phone_alt,
                    "phone_alt_empty": phone_alt_empty,
                    "address_empty": address_empty,
                    "province": province,
                    "province_empty": province_empty,
                    "canton": canton,
                    "canton_empty": canton_empty,
                    "district": district,
                    "district_empty": district_empty,
                    "tags": tags,
                    "tag": tag,
                    "tags_all": tags_all,
                    "tags_empty": tags_empty,
                    "owner_user_id": owner_user_id,
                    "owner_user_id_empty": owner_user_id_empty,
                    "external_id": external_id,
                    "external_id_empty": external_id_empty,
                    "source": source,
                    "source_empty": source_empty,
                    "consent": consent,
                    "created_at_from": created_at_from,
                    "created_at_to": created_at_to,
                    "updated_at_from": updated_at_from,
                    "updated_at_to": updated_at_to,
                    "last_interaction_from": last_interaction_from,
                    "last_interaction_to": last_interaction_to,
                    "last_interaction_empty": last_interaction_empty,
                    "lifetime_value_from": lifetime_value_from,
                    "lifetime_value_to": lifetime_value_to,
                    "lifetime_value_empty": lifetime_value_empty,
                    "custom": custom,
                    "limit": limit,
                    "cursor": cursor,
                    "sort": sort,
                    "q": q,
                },
            ),
        )

    def create_customer(
        self, body: models.CustomerFields, *, idempotency_key: str | None = None
    ) -> models.CustomerAnswer:
        """Crear un cliente.

        Hace falta el nombre de la persona o de la empresa; lo demás es opcional.

        _Pueden: dueño, administrador, gerente y vendedor._
        """
        return self._call(
            models.CustomerAnswer,
            Request("POST", "/api/customers", headers={"idempotency-key": idempotency_key}, body=body),
        )

    def change_customers(self, body: models.BulkRequest, *, idempotency_key: str | None = None) -> models.BulkAnswer:
        """Cambiar muchos clientes a la vez.

        Los que se nombran en `ids` o los que cumplen `filter`, todos o ninguno; como máximo 10 000.

        _Pueden: dueño, administrador, gerente y vendedor._
        """
        return self._call(
            models.BulkAnswer,
            Request("POST", "/api/customers/bulk", headers={"idempotency-key": idempotency_key}, body=body),
        )

    def list_duplicates(self, *, limit: int | None = None, cursor: str | None = None) -> models.DuplicatePage:
        """Listar los posibles duplicados.

        Grupos de clientes con la misma identificación, correo o teléfono, y después los de nombres muy parecidos.

        Una página puede venir corta o vacía y tener siguiente: la búsqueda continúa ahí.

        _Pueden: dueño, administrador y gerente._
        """
        return self._call(
            models.DuplicatePage, Request("GET", "/api/customers/duplicates", query={"limit": limit, "cursor": cursor})
        )

    def dismiss_duplicates(
        self, body: models.DismissRequest, *, idempotency_key: str | None = None
    ) -> models.DismissAnswer:
        """Descartar duplicados.

        Esos clientes no son el mismo: no se vuelven a proponer.

        _Pueden: dueño, administrador y gerente._
        """
        return self._call(
            models.DismissAnswer,
            Request(
                "POST", "/api/customers/duplicates/dismiss", headers={"idempotency-key": idempotency_key}, body=body
            ),
        )

    def merge_customers(self, body: models.MergeRequest, *, idempotency_key: str | None = None) -> models.MergeAnswer:
        """Fusionar clientes.

        Contactos, oportunidades y ventas pasan al que queda, que completa sus datos con los de los otros.

        _Pueden: dueño, administrador y gerente._
        """
        return self._call(
            models.MergeAnswer,
            Request("POST", "/api/customers/merge", headers={"idempotency-key": idempotency_key}, body=body),
        )

    def undo_merge(self, merge_id: UUID, *, idempotency_key: str | None = None) -> models.UndoAnswer:
        """Deshacer una fusión.

        Los dos clientes quedan como estaban, salvo que lo juntado se haya cambiado después: entonces 409 con el motivo.

        _Pueden: dueño, administrador y gerente._
        """
        return self._call(
            models.UndoAnswer,
            Request(
                "POST",
                f"/api/customers/merges/{path_part(merge_id)}/undo",
                headers={"idempotency-key": idempotency_key},
            ),
        )

    def segments(self) -> models.SegmentList:
        """Ver los segmentos.

        Cuántos clientes hay en cada segmento.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(models.SegmentList, Request("GET", "/api/customers/segments"))

    def customers_of_segment(
        self,
        segment: str,
        *,
        customer_id: Sequence[UUID] | None = None,
        kind: Sequence[Literal["person", "company"]] | None = None,
        status: Sequence[Literal["active", "inactive"]] | None = None,
        segment_query: Sequence[str] | None = None,
        segment_empty: bool | None = None,
        first_name: Sequence[str] | None = None,
        first_name_empty: bool | None = None,
        last_name: Sequence[str] | None = None,
        last_name_empty: bool | None = None,
        company_name: Sequence[str] | None = None,
        company_name_empty: bool | None = None,
        identification_type: Sequence[str] | None = None,
        identification_number: Sequence[str] | None = None,
        identification_number_empty: bool | None = None,
        email: Sequence[str] | None = None,
        email_empty: bool | None = None,
        phone: Sequence[str] | None = None,
        phone_empty: bool | None = None,
        phone_alt: Sequence[str] | None = None,
        phone_alt_empty: bool | None = None,
        address_empty: bool | None = None,
        province: Sequence[str] | None = None,
        province_empty: bool | None = None,
        canton: Sequence[str] | None = None,
        canton_empty: bool | None = None,
        district: Sequence[str] | None = None,
        district_empty: bool | None = None,
        tags: Sequence[str] | None = None,
        tag: Sequence[str] | None = None,
        tags_all: Sequence[str] | None = None,
        tags_empty: bool | None = None,
        owner_user_id: Sequence[UUID] | None = None,
        owner_user_id_empty: bool | None = None,
        external_id: Sequence[str] | None = None,
        external_id_empty: bool | None = None,
        source: Sequence[str] | None = None,
        source_empty: bool | None = None,
        consent: Sequence[Literal["whatsapp", "call", "sms", "email", "visit", "other"]] | None = None,
        created_at_from: datetime | None = None,
        created_at_to: datetime | None = None,
        updated_at_from: datetime | None = None,
        updated_at_to: datetime | None = None,
        last_interaction_from: datetime | None = None,
        last_interaction_to: datetime | None = None,
        last_interaction_empty: bool | None = None,
        lifetime_value_from: Decimal | None = None,
        lifetime_value_to: Decimal | None = None,
        lifetime_value_empty: bool | None = None,
        custom: Sequence[str] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        sort: str | None = None,
        q: str | None = None,
    ) -> models.PageCustomerAnswer:
        """Listar los clientes de un segmento.

        Los clientes que hoy están en ese segmento.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(
            models.PageCustomerAnswer,
            Request(
                "GET",
                f"/api/customers/segments/{path_part(segment)}",
                query={
                    "customer_id": customer_id,
                    "kind": kind,
                    "status": status,
                    "segment": segment_query,
                    "segment_empty": segment_empty,
                    "first_name": first_name,
                    "first_name_empty": first_name_empty,
                    "last_name": last_name,
                    "last_name_empty": last_name_empty,
                    "company_name": company_name,
                    "company_name_empty": company_name_empty,
                    "identification_type": identification_type,
                    "identification_number": identification_number,
                    "identification_number_empty": identification_number_empty,
                    "email": email,
                    "email_empty": email_empty,
                    "phone": phone,
                    "phone_empty": phone_empty,
                    "phone_alt": phone_alt,
                    "phone_alt_empty": phone_alt_empty,
                    "address_empty": address_empty,
                    "province": province,
                    "province_empty": province_empty,
                    "canton": canton,
                    "canton_empty": canton_empty,
                    "district": district,
                    "district_empty": district_empty,
                    "tags": tags,
                    "tag": tag,
                    "tags_all": tags_all,
                    "tags_empty": tags_empty,
                    "owner_user_id": owner_user_id,
                    "owner_user_id_empty": owner_user_id_empty,
                    "external_id": external_id,
                    "external_id_empty": external_id_empty,
                    "source": source,
                    "source_empty": source_empty,
                    "consent": consent,
                    "created_at_from": created_at_from,
                    "created_at_to": created_at_to,
                    "updated_at_from": updated_at_from,
                    "updated_at_to": updated_at_to,
                    "last_interaction_from": last_interaction_from,
                    "last_interaction_to": last_interaction_to,
                    "last_interaction_empty": last_interaction_empty,
                    "lifetime_value_from": lifetime_value_from,
                    "lifetime_value_to": lifetime_value_to,
                    "lifetime_value_empty": lifetime_value_empty,
                    "custom": custom,
                    "limit": limit,
                    "cursor": cursor,
                    "sort": sort,
                    "q": q,
                },
            ),
        )

    def get_customer(self, customer_id: UUID) -> models.CustomerDetail:
        """Ver un cliente.

        Con las razones de su segmento. El ETag de la respuesta sirve como If-Match al cambiarlo.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(models.CustomerDetail, Request("GET", f"/api/customers/{path_part(customer_id)}"))

    def change_customer(
        self, customer_id: UUID, body: models.CustomerFields, *, if_match: str | None = None
    ) -> models.CustomerAnswer:
        """Cambiar un cliente.

        Cambia lo que se envía; lo demás queda igual.

        _Pueden: dueño, administrador, gerente y vendedor._
        """
        return self._call(
            models.CustomerAnswer,
            Request("PUT", f"/api/customers/{path_part(customer_id)}", headers={"if-match": if_match}, body=body),
        )

    def delete_customer(self, customer_id: UUID, *, if_match: str | None = None) -> None:
        """Borrar un cliente.

        Lo saca de las listas; sus ventas y oportunidades quedan.

        _Pueden: dueño, administrador, gerente y vendedor._
        """
        self._call(
            NoneType, Request("DELETE", f"/api/customers/{path_part(customer_id)}", headers={"if-match": if_match})
        )

    def erase_customer(
        self, customer_id: UUID, body: models.ErasureRequest, *, idempotency_key: str | None = None
    ) -> models.ErasureAnswer:
        """Borrar los datos personales de un cliente.

        Quita de todas partes lo que identifica a la persona y deja montos, fechas y productos. No se puede deshacer.

        _Pueden: dueño y administrador._
        """
        return self._call(
            models.ErasureAnswer,
            Request(
                "POST",
                f"/api/customers/{path_part(customer_id)}/erase",
                headers={"idempotency-key": idempotency_key},
                body=body,
            ),
        )

    def export_customer(self, customer_id: UUID) -> models.PersonalData:
        """Exportar los datos de una persona.

        Todo lo que hay de ella en todas las tablas (ley 8968, derecho de acceso). Queda en la bitácora.

        _Pueden: dueño, administrador y gerente._
        """
        return self._call(models.PersonalData, Request("GET", f"/api/customers/{path_part(customer_id)}/export"))

    def list_customer_interactions(
        self,
        customer_id: UUID,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        sort: str | None = None,
        q: str | None = None,
    ) -> models.PageInteractionAnswer:
        """Listar las interacciones con un cliente.

        De la más reciente a la más antigua. Para filtrarlas, use GET /api/interactions con customer_id.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(
            models.PageInteractionAnswer,
            Request(
                "GET",
                f"/api/customers/{path_part(customer_id)}/interactions",
                query={"limit": limit, "cursor": cursor, "sort": sort, "q": q},
            ),
        )

    def create_interaction(
        self, customer_id: UUID, body: models.InteractionFields, *, idempotency_key: str | None = None
    ) -> models.InteractionAnswer:
        """Registrar una interacción con un cliente.

        Hace falta el tipo, que es uno de GET /api/interaction-types; sin fecha de seguimiento, se pone la del tipo.

        _Pueden: dueño, administrador, gerente y vendedor._
        """
        return self._call(
            models.InteractionAnswer,
            Request(
                "POST",
                f"/api/customers/{path_part(customer_id)}/interactions",
                headers={"idempotency-key": idempotency_key},
                body=body,
            ),
        )

    def list_merges(self, customer_id: UUID) -> models.MergeList:
        """Ver las fusiones de un cliente.

        Qué otros clientes pasaron a ser este, lo más reciente primero.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(models.MergeList, Request("GET", f"/api/customers/{path_part(customer_id)}/merges"))

    def customer_timeline(
        self,
        customer_id: UUID,
        *,
        kind: Sequence[Literal["interaction", "stage", "sale", "import", "change", "merge"]] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> models.PageAnnotatedUnionInteractionItemStageItemSaleItemImportItemChangeItemMergeItemFieldInfoAnnotationNoneTypeRequiredTrueDiscriminatorKind:
        """Ver la historia de un cliente.

        Contactos, oportunidades, ventas, importaciones, cambios de sus datos y fusiones, lo más nuevo primero.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(
            models.PageAnnotatedUnionInteractionItemStageItemSaleItemImportItemChangeItemMergeItemFieldInfoAnnotationNoneTypeRequiredTrueDiscriminatorKind,
            Request(
                "GET",
                f"/api/customers/{path_part(customer_id)}/timeline",
                query={"kind": kind, "limit": limit, "cursor": cursor},
            ),
        )

    def list_dashboards(
        self, *, limit: int | None = None, cursor: str | None = None, sort: str | None = None, q: str | None = None
    ) -> models.PageDashboardAnswer:
        """Listar los tableros.

        Los tableros compartidos y los suyos.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(
            models.PageDashboardAnswer,
            Request("GET", "/api/dashboards", query={"limit": limit, "cursor": cursor, "sort": sort, "q": q}),
        )

    def create_dashboard(
        self, body: models.DashboardFields, *, idempotency_key: str | None = None
    ) -> models.DashboardAnswer:
        """Crear un tablero.

        Cada widget es una consulta a las métricas (MetricQuery), su gráfico y su lugar.

        _Pueden: dueño, administrador, gerente y vendedor._
        """
        return self._call(
            models.DashboardAnswer,
            Request("POST", "/api/dashboards", headers={"idempotency-key": idempotency_key}, body=body),
        )

    def get_dashboard(self, dashboard_id: UUID) -> models.DashboardAnswer:
        """Ver un tablero.

        El ETag de la respuesta sirve como If-Match al cambiarlo.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(models.DashboardAnswer, Request("GET", f"/api/dashboards/{path_part(dashboard_id)}"))

    def change_dashboard(
        self, dashboard_id: UUID, body: models.DashboardFields, *, if_match: str | None = None
    ) -> models.DashboardAnswer:
        """Cambiar un tablero.

        Lo enviado reemplaza el tablero entero.

        _Pueden: dueño, administrador, gerente y vendedor._
        """
        return self._call(
            models.DashboardAnswer,
            Request("PUT", f"/api/dashboards/{path_part(dashboard_id)}", headers={"if-match": if_match}, body=body),
        )

    def delete_dashboard(self, dashboard_id: UUID, *, if_match: str | None = None) -> None:
        """Borrar un tablero.

        Borra el tablero con sus widgets; los datos que mostraba quedan.

        _Pueden: dueño, administrador, gerente y vendedor._
        """
        self._call(
            NoneType, Request("DELETE", f"/api/dashboards/{path_part(dashboard_id)}", headers={"if-match": if_match})
        )

    def copy_dashboard(
        self, dashboard_id: UUID, body: models.DashboardCopy, *, idempotency_key: str | None = None
    ) -> models.DashboardAnswer:
        """Copiar un tablero.

        Un tablero suyo con los mismos widgets, privado si no dice otra cosa: así se parte del de otra persona.

        _Pueden: dueño, administrador, gerente y vendedor._
        """
        return self._call(
            models.DashboardAnswer,
            Request(
                "POST",
                f"/api/dashboards/{path_part(dashboard_id)}/copy",
                headers={"idempotency-key": idempotency_key},
                body=body,
            ),
        )

    def export_customers(
        self,
        *,
        customer_id: Sequence[UUID] | None = None,
        kind: Sequence[Literal["person", "company"]] | None = None,
        status: Sequence[Literal["active", "inactive"]] | None = None,
        segment: Sequence[str] | None = None,
        segment_empty: bool | None = None,
        first_name: Sequence[str] | None = None,
        first_name_empty: bool | None = None,
        last_name: Sequence[str] | None = None,
        last_name_empty: bool | None = None,
        company_name: Sequence[str] | None = None,
        company_name_empty: bool | None = None,
        identification_type: Sequence[str] | None = None,
        identification_number: Sequence[str] | None = None,
        identification_number_empty: bool | None = None,
        email: Sequence[str] | None = None,
        email_empty: bool | None = None,
        phone: Sequence[str] | None = None,
        phone_empty: bool | None = None,
        phone_alt: Sequence[str] | None = None,
        phone_alt_empty: bool | None = None,
        address_empty: bool | None = None,
        province: Sequence[str] | None = None,
        province_empty: bool | None = None,
        canton: Sequence[str] | None = None,
        canton_empty: bool | None = None,
        district: Sequence[str] | None = None,
        district_empty: bool | None = None,
        tags: Sequence[str] | None = None,
        tag: Sequence[str] | None = None,
        tags_all: Sequence[str] | None = None,
        tags_empty: bool | None = None,
        owner_user_id: Sequence[UUID] | None = None,
        owner_user_id_empty: bool | None = None,
        external_id: Sequence[str] | None = None,
        external_id_empty: bool | None = None,
        source: Sequence[str] | None = None,
        source_empty: bool | None = None,
        consent: Sequence[Literal["whatsapp", "call", "sms", "email", "visit", "other"]] | None = None,
        created_at_from: datetime | None = None,
        created_at_to: datetime | None = None,
        updated_at_from: datetime | None = None,
        updated_at_to: datetime | None = None,
        last_interaction_from: datetime | None = None,
        last_interaction_to: datetime | None = None,
        last_interaction_empty: bool | None = None,
        lifetime_value_from: Decimal | None = None,
        lifetime_value_to: Decimal | None = None,
        lifetime_value_empty: bool | None = None,
        custom: Sequence[str] | None = None,
        q: str | None = None,
        format: Literal["csv", "xlsx"] | None = None,
    ) -> bytes:
        """Exportar los clientes.

        Los clientes que muestra la lista con los mismos filtros. Queda en la bitácora.

        _Pueden: dueño, administrador y gerente._
        """
        return self._call(
            bytes,
            Request(
                "GET",
                "/api/exports/customers",
                query={
                    "customer_id": customer_id,
                    "kind": kind,
                    "status": status,
                    "segment": segment,
                    "segment_empty": segment_empty,
                    "first_name": first_name,
                    "first_name_empty": first_name_empty,
                    "last_name": last_name,
                    "last_name_empty": last_name_empty,
                    "company_name": company_name,
                    "company_name_empty": company_name_empty,
                    "identification_type": identification_type,
                    "identification_number": identification_number,
                    "identification_number_empty": identification_number_empty,
                    "email": email,
                    "email_empty": email_empty,
                    "phone": phone,
                    "phone_empty": phone_empty,
                    "phone_alt": phone_alt,
                    "phone_alt_empty": phone_alt_empty,
                    "address_empty": address_empty,
                    "province": province,
                    "province_empty": province_empty,
                    "canton": canton,
                    "canton_empty": canton_empty,
                    "district": district,
                    "district_empty": district_empty,
                    "tags": tags,
                    "tag": tag,
                    "tags_all": tags_all,
                    "tags_empty": tags_empty,
                    "owner_user_id": owner_user_id,
                    "owner_user_id_empty": owner_user_id_empty,
                    "external_id": external_id,
                    "external_id_empty": external_id_empty,
                    "source": source,
                    "source_empty": source_empty,
                    "consent": consent,
                    "created_at_from": created_at_from,
                    "created_at_to": created_at_to,
                    "updated_at_from": updated_at_from,
                    "updated_at_to": updated_at_to,
                    "last_interaction_from": last_interaction_from,
                    "last_interaction_to": last_interaction_to,
                    "last_interaction_empty": last_interaction_empty,
                    "lifetime_value_from": lifetime_value_from,
                    "lifetime_value_to": lifetime_value_to,
                    "lifetime_value_empty": lifetime_value_empty,
                    "custom": custom,
                    "q": q,
                    "format": format,
                },
            ),
        )

    def export_interactions(
        self,
        *,
        interaction_id: Sequence[UUID] | None = None,
        customer_id: Sequence[UUID] | None = None,
        opportunity_id: Sequence[UUID] | None = None,
        opportunity_id_empty: bool | None = None,
        user_id: Sequence[UUID] | None = None,
        user_id_empty: bool | None = None,
        type: Sequence[str] | None = None,
        direction: Sequence[Literal["inbound", "outbound"]] | None = None,
        direction_empty: bool | None = None,
        channel: Sequence[str] | None = None,
        channel_empty: bool | None = None,
        date_time_from: datetime | None = None,
        date_time_to: datetime | None = None,
        notes_empty: bool | None = None,
        outcome: Sequence[str] | None = None,
        outcome_empty: bool | None = None,
        followup_date_from: date | None = None,
        followup_date_to: date | None = None,
        followup_date_empty: bool | None = None,
        followup_done_at_from: datetime | None = None,
        followup_done_at_to: datetime | None = None,
        followup_done_at_empty: bool | None = None,
        followup_pending: bool | None = None,
        external_id: Sequence[str] | None = None,
        external_id_empty: bool | None = None,
        created_at_from: datetime | None = None,
        created_at_to: datetime | None = None,
        updated_at_from: datetime | None = None,
        updated_at_to: datetime | None = None,
        custom: Sequence[str] | None = None,
        q: str | None = None,
        format: Literal["csv", "xlsx"] | None = None,
    ) -> bytes:
        """Exportar los contactos.

        Los contactos que muestra la lista con los mismos filtros. Queda en la bitácora.

        _Pueden: dueño, administrador y gerente._
        """
        return self._call(
            bytes,
            Request(
                "GET",
                "/api/exports/interactions",
                query={
                    "interaction_id": interaction_id,
                    "customer_id": customer_id,
                    "opportunity_id": opportunity_id,
                    "opportunity_id_empty": opportunity_id_empty,
                    "user_id": user_id,
                    "user_id_empty": user_id_empty,
                    "type": type,
                    "direction": direction,
                    "direction_empty": direction_empty,
                    "channel": channel,
                    "channel_empty": channel_empty,
                    "date_time_from": date_time_from,
                    "date_time_to": date_time_to,
                    "notes_empty": notes_empty,
                    "outcome": outcome,
                    "outcome_empty": outcome_empty,
                    "followup_date_from": followup_date_from,
                    "followup_date_to": followup_date_to,
                    "followup_date_empty": followup_date_empty,
                    "followup_done_at_from": followup_done_at_from,
                    "followup_done_at_to": followup_done_at_to,
                    "followup_done_at_empty": followup_done_at_empty,
                    "followup_pending": followup_pending,
                    "external_id": external_id,
                    "external_id_empty": external_id_empty,
                    "created_at_from": created_at_from,
                    "created_at_to": created_at_to,
                    "updated_at_from": updated_at_from,
                    "updated_at_to": updated_at_to,
                    "custom": custom,
                    "q": q,
                    "format": format,
                },
            ),
        )

    def export_opportunities(
        self,
        *,
        opportunity_id: Sequence[UUID] | None = None,
        pipeline_id: Sequence[UUID] | None = None,
        stage_id: Sequence[UUID] | None = None,
        customer_id: Sequence[UUID] | None = None,
        customer_id_empty: bool | None = None,
        user_id: Sequence[UUID] | None = None,
        user_id_empty: bool | None = None,
        seller: Sequence[str] | None = None,
        seller_empty: bool | None = None,
        title: Sequence[str] | None = None,
        value_from: Decimal | None = None,
        value_to: Decimal | None = None,
        currency: Sequence[str] | None = None,
        exchange_rate_from: Decimal | None = None,
        exchange_rate_to: Decimal | None = None,
        exchange_rate_empty: bool | None = None,
        product: Sequence[str] | None = None,
        product_empty: bool | None = None,
        status: Sequence[Literal["open", "won", "lost"]] | None = None,
        lost_reason: Sequence[str] | None = None,
        lost_reason_empty: bool | None = None,
        created_at_from: datetime | None = None,
        created_at_to: datetime | None = None,
        updated_at_from: datetime | None = None,
        updated_at_to: datetime | None = None,
        last_stage_change_from: datetime | None = None,
        last_stage_change_to: datetime | None = None,
        expected_close_date_from: date | None = None,
        expected_close_date_to: date | None = None,
        expected_close_date_empty: bool | None = None,
        won_at_from: datetime | None = None,
        won_at_to: datetime | None = None,
        lost_at_from: datetime | None = None,
        lost_at_to: datetime | None = None,
        probability_from: Decimal | None = None,
        probability_to: Decimal | None = None,
        probability_empty: bool | None = None,
        probability_override_from: Decimal | None = None,
        probability_override_to: Decimal | None = None,
        probability_override_empty: bool | None = None,
        next_step_at_from: datetime | None = None,
        next_step_at_to: datetime | None = None,
        next_step_at_empty: bool | None = None,
        description_empty: bool | None = None,
        source: Sequence[str] | None = None,
        source_empty: bool | None = None,
        external_id: Sequence[str] | None = None,
        external_id_empty: bool | None = None,
        is_stalled: bool | None = None,
        custom: Sequence[str] | None = None,
        q: str | None = None,
        format: Literal["csv", "xlsx"] | None = None,
    ) -> bytes:
        """Exportar las oportunidades.

        Las oportunidades que muestra la lista con los mismos filtros. Queda en la bitácora.

        _Pueden: dueño, administrador y gerente._
        """
        return self._call(
            bytes,
            Request(
                "GET",
                "/api/exports/opportunities",
                query={
                    "opportunity_id": opportunity_id,
                    "pipeline_id": pipeline_id,
                    "stage_id": stage_id,
                    "customer_id": customer_id,
                    "customer_id_empty": customer_id_empty,
                    "user_id": user_id,
                    "user_id_empty": user_id_empty,
                    "seller": seller,
                    "seller_empty": seller_empty,
                    "title": title,
                    "value_from": value_from,
                    "value_to": value_to,
                    "currency": currency,
                    "exchange_rate_from": exchange_rate_from,
                    "exchange_rate_to": exchange_rate_to,
                    "exchange_rate_empty": exchange_rate_empty,
                    "product": product,
                    "product_empty": product_empty,
                    "status": status,
                    "lost_reason": lost_reason,
                    "lost_reason_empty": lost_reason_empty,
                    "created_at_from": created_at_from,
                    "created_at_to": created_at_to,
                    "updated_at_from": updated_at_from,
                    "updated_at_to": updated_at_to,
                    "last_stage_change_from": last_stage_change_from,
                    "last_stage_change_to": last_stage_change_to,
                    "expected_close_date_from": expected_close_date_from,
                    "expected_close_date_to": expected_close_date_to,
                    "expected_close_date_empty": expected_close_date_empty,
                    "won_at_from": won_at_from,
                    "won_at_to": won_at_to,
                    "lost_at_from": lost_at_from,
                    "lost_at_to": lost_at_to,
                    "probability_from": probability_from,
                    "probability_to": probability_to,
                    "probability_empty": probability_empty,
                    "probability_override_from": probability_override_from,
                    "probability_override_to": probability_override_to,
                    "probability_override_empty": probability_override_empty,
                    "next_step_at_from": next_step_at_from,
                    "next_step_at_to": next_step_at_to,
                    "next_step_at_empty": next_step_at_empty,
                    "description_empty": description_empty,
                    "source": source,
                    "source_empty": source_empty,
                    "external_id": external_id,
                    "external_id_empty": external_id_empty,
                    "is_stalled": is_stalled,
                    "custom": custom,
                    "q": q,
                    "format": format,
                },
            ),
        )

    def export_sales(
        self,
        *,
        sale_id: Sequence[UUID] | None = None,
        customer_id: Sequence[UUID] | None = None,
        customer_id_empty: bool | None = None,
        opportunity_id: Sequence[UUID] | None = None,
        opportunity_id_empty: bool | None = None,
        user_id: Sequence[UUID] | None = None,
        user_id_empty: bool | None = None,
        sold_at_from: datetime | None = None,
        sold_at_to: datetime | None = None,
        amount_from: Decimal | None = None,
        amount_to: Decimal | None = None,
        tax_from: Decimal | None = None,
        tax_to: Decimal | None = None,
        currency: Sequence[str] | None = None,
        exchange_rate_from: Decimal | None = None,
        exchange_rate_to: Decimal | None = None,
        exchange_rate_empty: bool | None = None,
        document_type: Sequence[Literal["invoice", "ticket", "credit_note", "debit_note", "other"]] | None = None,
        external_key: Sequence[str] | None = None,
        external_key_empty: bool | None = None,
        payment_method: Sequence[str] | None = None,
        payment_method_empty: bool | None = None,
        source: Sequence[str] | None = None,
        source_empty: bool | None = None,
        seller: Sequence[str] | None = None,
        seller_empty: bool | None = None,
        channel: Sequence[str] | None = None,
        channel_empty: bool | None = None,
        created_at_from: datetime | None = None,
        created_at_to: datetime | None = None,
        updated_at_from: datetime | None = None,
        updated_at_to: datetime | None = None,
        custom: Sequence[str] | None = None,
        q: str | None = None,
        format: Literal["csv", "xlsx"] | None = None,
    ) -> bytes:
        """Exportar las ventas.

        Las ventas que muestra la lista con los mismos filtros. Queda en la bitácora.

        _Pueden: dueño, administrador y gerente._
        """
        return self._call(
            bytes,
            Request(
                "GET",
                "/api/exports/sales",
                query={
                    "sale_id": sale_id,
                    "customer_id": customer_id,
                    "customer_id_empty": customer_id_empty,
                    "opportunity_id": opportunity_id,
                    "opportunity_id_empty": opportunity_id_empty,
                    "user_id": user_id,
                    "user_id_empty": user_id_empty,
                    "sold_at_from": sold_at_from,
                    "sold_at_to": sold_at_to,
                    "amount_from": amount_from,
                    "amount_to": amount_to,
                    "tax_from": tax_from,
                    "tax_to": tax_to,
                    "currency": currency,
                    "exchange_rate_from": exchange_rate_from,
                    "exchange_rate_to": exchange_rate_to,
                    "exchange_rate_empty": exchange_rate_empty,
                    "document_type": document_type,
                    "external_key": external_key,
                    "external_key_empty": external_key_empty,
                    "payment_method": payment_method,
                    "payment_method_empty": payment_method_empty,
                    "source": source,
                    "source_empty": source_empty,
                    "seller": seller,
                    "seller_empty": seller_empty,
                    "channel": channel,
                    "channel_empty": channel_empty,
                    "created_at_from": created_at_from,
                    "created_at_to": created_at_to,
                    "updated_at_from": updated_at_from,
                    "updated_at_to": updated_at_to,
                    "custom": custom,
                    "q": q,
                    "format": format,
                },
            ),
        )

    def list_imports(
        self, *, limit: int | None = None, cursor: str | None = None, sort: str | None = None, q: str | None = None
    ) -> models.PageImportAnswer:
        """Listar las importaciones.

        Las más recientes primero.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(
            models.PageImportAnswer,
            Request("GET", "/api/imports", query={"limit": limit, "cursor": cursor, "sort": sort, "q": q}),
        )

    def create_import(
        self, *, file: Upload, kind: Literal["customers", "sales", "opportunities", "interactions"]
    ) -> models.ImportCreated:
        """Subir un archivo.

        Guarda el archivo, lo lee y propone a dónde va cada columna. Nada entra al CRM todavía.

        _Pueden: dueño, administrador y gerente._
        """
        return self._call(
            models.ImportCreated, Request("POST", "/api/imports", form={"kind": kind}, files={"file": file})
        )

    def targets(self, *, kind: Literal["customers", "sales", "opportunities", "interactions"]) -> models.TargetList:
        """Ver a dónde pueden ir las columnas.

        Los destinos para un tipo de importación, con sus campos propios.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(models.TargetList, Request("GET", "/api/imports/targets", query={"kind": kind}))

    def get_import(self, import_id: UUID) -> models.ImportAnswer:
        """Ver una importación.

        Su estado, su avance, su mapeo y sus cuentas.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(models.ImportAnswer, Request("GET", f"/api/imports/{path_part(import_id)}"))

    def commit(self, import_id: UUID) -> models.CommitAnswer:
        """Importar.

        Pone la importación en cola. Un 503 `dagster_unavailable` avisa que empezará sola cuando vuelva quien la
        procesa.

        _Pueden: dueño, administrador y gerente._
        """
        return self._call(models.CommitAnswer, Request("POST", f"/api/imports/{path_part(import_id)}/commit"))

    def dry_run(self, import_id: UUID) -> models.DryRunAnswer:
        """Probar sin guardar.

        Lo que pasaría al importar: cuántos nuevos, cambiados y rechazados, y todos los problemas de una vez.

        _Pueden: dueño, administrador y gerente._
        """
        return self._call(models.DryRunAnswer, Request("POST", f"/api/imports/{path_part(import_id)}/dry-run"))

    def set_mapping(self, import_id: UUID, body: models.MappingChange) -> models.ImportAnswer:
        """Decir a dónde va cada columna.

        Lo que usted acordó, con las opciones de lectura que haga falta.

        _Pueden: dueño, administrador y gerente._
        """
        return self._call(
            models.ImportAnswer, Request("PUT", f"/api/imports/{path_part(import_id)}/mapping", body=body)
        )

    def rejected(self, import_id: UUID) -> bytes:
        """Descargar las filas rechazadas.

        Un CSV con las columnas originales y el motivo de cada rechazo, listo para corregir e importar de nuevo.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(bytes, Request("GET", f"/api/imports/{path_part(import_id)}/rejected"))

    def choose_sheet(self, import_id: UUID, body: models.SheetChoice) -> models.ImportAnswer:
        """Escoger la hoja del libro.

        Lee otra hoja del mismo archivo y propone de nuevo a dónde va cada columna.

        _Pueden: dueño, administrador y gerente._
        """
        return self._call(models.ImportAnswer, Request("PUT", f"/api/imports/{path_part(import_id)}/sheet", body=body))

    def list_interaction_types(self, *, archived: bool | None = None) -> models.InteractionTypeList:
        """Listar los tipos de interacción.

        WhatsApp, llamada, visita…: en el orden de las pantallas. El ETag sirve como If-Match al cambiar el orden.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(
            models.InteractionTypeList, Request("GET", "/api/interaction-types", query={"archived": archived})
        )

    def create_interaction_type(
        self, body: models.NewInteractionType, *, idempotency_key: str | None = None
    ) -> models.InteractionTypeAnswer:
        """Crear un tipo de interacción.

        Con los campos que se piden al registrarla, el texto con que empieza la nota y los días para dar seguimiento.

        _Pueden: dueño y administrador._
        """
        return self._call(
            models.InteractionTypeAnswer,
            Request("POST", "/api/interaction-types", headers={"idempotency-key": idempotency_key}, body=body),
        )

    def order_interaction_types(
        self, body: models.InteractionTypeOrder, *, if_match: str | None = None
    ) -> models.InteractionTypeList:
        """Ordenar los tipos de interacción.

        Envíe todos los tipos en uso, en el orden deseado.

        _Pueden: dueño y administrador._
        """
        return self._call(
            models.InteractionTypeList,
            Request("PUT", "/api/interaction-types/order", headers={"if-match": if_match}, body=body),
        )

    def get_interaction_type(self, interaction_type_id: UUID) -> models.InteractionTypeAnswer:
        """Ver un tipo de interacción.

        El ETag de la respuesta sirve como If-Match al cambiarlo.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(
            models.InteractionTypeAnswer, Request("GET", f"/api/interaction-types/{path_part(interaction_type_id)}")
        )

    def change_interaction_type(
        self, interaction_type_id: UUID, body: models.InteractionTypeChange, *, if_match: str | None = None
    ) -> models.InteractionTypeAnswer:
        """Cambiar un tipo de interacción.

        Cambia lo que se envía. El nombre nuevo pasa también a los contactos que ya se registraron.

        _Pueden: dueño y administrador._
        """
        return self._call(
            models.InteractionTypeAnswer,
            Request(
                "PUT",
                f"/api/interaction-types/{path_part(interaction_type_id)}",
                headers={"if-match": if_match},
                body=body,
            ),
        )

    def archive_interaction_type(self, interaction_type_id: UUID, *, if_match: str | None = None) -> None:
        """Archivar un tipo de interacción.

        Deja de ofrecerse; los contactos que ya se registraron quedan como están.

        _Pueden: dueño y administrador._
        """
        self._call(
            NoneType,
            Request(
                "DELETE", f"/api/interaction-types/{path_part(interaction_type_id)}", headers={"if-match": if_match}
            ),
        )

    def restore_interaction_type(self, interaction_type_id: UUID) -> models.InteractionTypeAnswer:
        """Restaurar un tipo archivado.

        Vuelve a ofrecerse.

        _Pueden: dueño y administrador._
        """
        return self._call(
            models.InteractionTypeAnswer,
            Request("POST", f"/api/interaction-types/{path_part(interaction_type_id)}/restore"),
        )

    def list_interactions(
        self,
        *,
        interaction_id: Sequence[UUID] | None = None,
        customer_id: Sequence[UUID] | None = None,
        opportunity_id: Sequence[UUID] | None = None,
        opportunity_id_empty: bool | None = None,
        user_id: Sequence[UUID] | None = None,
        user_id_empty: bool | None = None,
        type: Sequence[str] | None = None,
        direction: Sequence[Literal["inbound", "outbound"]] | None = None,
        direction_empty: bool | None = None,
        channel: Sequence[str] | None = None,
        channel_empty: bool | None = None,
        date_time_from: datetime | None = None,
        date_time_to: datetime | None = None,
        notes_empty: bool | None = None,
        outcome: Sequence[str] | None = None,
        outcome_empty: bool | None = None,
        followup_date_from: date | None = None,
        followup_date_to: date | None = None,
        followup_date_empty: bool | None = None,
        followup_done_at_from: datetime | None = None,
        followup_done_at_to: datetime | None = None,
        followup_done_at_empty: bool | None = None,
        followup_pending: bool | None = None,
        external_id: Sequence[str] | None = None,
        external_id_empty: bool | None = None,
        created_at_from: datetime | None = None,
        created_at_to: datetime | None = None,
        updated_at_from: datetime | None = None,
        updated_at_to: datetime | None = None,
        custom: Sequence[str] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        sort: str | None = None,
        q: str | None = None,
    ) -> models.PageInteractionAnswer:
        """Listar las interacciones.

        Busca por tipo, notas, resultado o cliente, y filtra por cualquier columna.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(
            models.PageInteractionAnswer,
            Request(
                "GET",
                "/api/interactions",
                query={
                    "interaction_id": interaction_id,
                    "customer_id": customer_id,
                    "opportunity_id": opportunity_id,
                    "opportunity_id_empty": opportunity_id_empty,
                    "user_id": user_id,
                    "user_id_empty": user_id_empty,
                    "type": type,
                    "direction": direction,
                    "direction_empty": direction_empty,
                    "channel": channel,
                    "channel_empty": channel_empty,
                    "date_time_from": date_time_from,
                    "date_time_to": date_time_to,
                    "notes_empty": notes_empty,
                    "outcome": outcome,
                    "outcome_empty": outcome_empty,
                    "followup_date_from": followup_date_from,
                    "followup_date_to": followup_date_to,
                    "followup_date_empty": followup_date_empty,
                    "followup_done_at_from": followup_done_at_from,
                    "followup_done_at_to": followup_done_at_to,
                    "followup_done_at_empty": followup_done_at_empty,
                    "followup_pending": followup_pending,
                    "external_id": external_id,
                    "external_id_empty": external_id_empty,
                    "created_at_from": created_at_from,
                    "created_at_to": created_at_to,
                    "updated_at_from": updated_at_from,
                    "updated_at_to": updated_at_to,
                    "custom": custom,
                    "limit": limit,
                    "cursor": cursor,
                    "sort": sort,
                    "q": q,
                },
            ),
        )

    def list_followups(
        self,
        *,
        due: Literal["overdue", "today", "week", "all"] | None = None,
        whose: Literal["mine", "all"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        sort: str | None = None,
        q: str | None = None,
    ) -> models.PageFollowupAnswer:
        """Ver los seguimientos pendientes.

        A quién hay que volver a escribir, lo más vencido primero.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(
            models.PageFollowupAnswer,
            Request(
                "GET",
                "/api/interactions/followups",
                query={"due": due, "whose": whose, "limit": limit, "cursor": cursor, "sort": sort, "q": q},
            ),
        )

    def get_interaction(self, interaction_id: UUID) -> models.InteractionAnswer:
        """Ver una interacción.

        El ETag de la respuesta sirve como If-Match al cambiarla.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(models.InteractionAnswer, Request("GET", f"/api/interactions/{path_part(interaction_id)}"))

    def change_interaction(
        self, interaction_id: UUID, body: models.InteractionFields, *, if_match: str | None = None
    ) -> models.InteractionAnswer:
        """Cambiar una interacción.

        Cambia lo que se envía; lo demás queda igual. Con otra fecha de seguimiento, este vuelve a estar pendiente.

        _Pueden: dueño, administrador, gerente y vendedor._
        """
        return self._call(
            models.InteractionAnswer,
            Request("PUT", f"/api/interactions/{path_part(interaction_id)}", headers={"if-match": if_match}, body=body),
        )

    def delete_interaction(self, interaction_id: UUID, *, if_match: str | None = None) -> None:
        """Borrar una interacción.

        La bitácora guarda lo que era.

        _Pueden: dueño, administrador, gerente y vendedor._
        """
        self._call(
            NoneType,
            Request("DELETE", f"/api/interactions/{path_part(interaction_id)}", headers={"if-match": if_match}),
        )

    def finish_followup(
        self, interaction_id: UUID, body: models.FollowupDone | None = None, *, if_match: str | None = None
    ) -> models.InteractionAnswer:
        """Dar por hecho un seguimiento.

        Sale de los pendientes. Repetirlo no cambia nada.

        _Pueden: dueño, administrador, gerente y vendedor._
        """
        return self._call(
            models.InteractionAnswer,
            Request(
                "POST",
                f"/api/interactions/{path_part(interaction_id)}/followup-done",
                headers={"if-match": if_match},
                body=body,
            ),
        )

    def conversations(self, *, limit: int | None = None) -> models.ConversationList:
        """Ver mis conversaciones.

        Las más recientes primero.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(models.ConversationList, Request("GET", "/api/kula/conversations", query={"limit": limit}))

    def conversation(self, conversation_id: UUID) -> models.MessageList:
        """Ver una de mis conversaciones.

        Sus preguntas y lo que Kula contestó en ese momento.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(models.MessageList, Request("GET", f"/api/kula/conversations/{path_part(conversation_id)}"))

    def help_topic(self, topic: str) -> models.HelpAnswer:
        """Leer la ayuda sobre un tema.

        Cómo se hace algo en PymeAI, en Markdown.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(models.HelpAnswer, Request("GET", f"/api/kula/help/{path_part(topic)}"))

    def rate(self, message_id: UUID, body: models.Feedback) -> None:
        """Calificar una respuesta.

        Diga si la respuesta le sirvió.

        _Pueden: cualquiera que haya ingresado._
        """
        self._call(NoneType, Request("POST", f"/api/kula/messages/{path_part(message_id)}/feedback", body=body))

    def ask(self, body: models.KulaQuestion) -> models.KulaAnswer:
        """Preguntar a Kula.

        Una pregunta en español sobre su negocio: una respuesta con sus cifras, o un no honesto.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(models.KulaAnswer, Request("POST", "/api/kula/query", body=body))

    def onboard(self, body: models.OnboardingRequest) -> models.OnboardingAnswer:
        """Aplicar una plantilla.

        Agrega lo que la plantilla trae y a usted le falta; no cambia lo que ya tiene, aunque lo haya renombrado.

        Lo que usted archivó sigue archivado. Aplicarla otra vez no agrega nada.

        _Pueden: dueño y administrador._
        """
        return self._call(models.OnboardingAnswer, Request("POST", "/api/onboarding", body=body))

    def list_opportunities(
        self,
        *,
        opportunity_id: Sequence[UUID] | None = None,
        pipeline_id: Sequence[UUID] | None = None,
        stage_id: Sequence[UUID] | None = None,
        customer_id: Sequence[UUID] | None = None,
        customer_id_empty: bool | None = None,
        user_id: Sequence[UUID] | None = None,
        user_id_empty: bool | None = None,
        seller: Sequence[str] | None = None,
        seller_empty: bool | None = None,
        title: Sequence[str] | None = None,
        value_from: Decimal | None = None,
        value_to: Decimal | None = None,
        currency: Sequence[str] | None = None,
        exchange_rate_from: Decimal | None = None,
        exchange_rate_to: Decimal | None = None,
        exchange_rate_empty: bool | None = None,
        product: Sequence[str] | None = None,
        product_empty: bool | None = None,
        status: Sequence[Literal["open", "won", "lost"]] | None = None,
        lost_reason: Sequence[str] | None = None,
        lost_reason_empty: bool | None = None,
        created_at_from: datetime | None = None,
        created_at_to: datetime | None = None,
        updated_at_from: datetime | None = None,
        updated_at_to: datetime | None = None,
        last_stage_change_from: datetime | None = None,
        last_stage_change_to: datetime | None = None,
        expected_close_date_from: date | None = None,
        expected_close_date_to: date | None = None,
        expected_close_date_empty: bool | None = None,
        won_at_from: datetime | None = None,
        won_at_to: datetime | None = None,
        lost_at_from: datetime | None = None,
        lost_at_to: datetime | None = None,
        probability_from: Decimal | None = None,
        probability_to: Decimal | None = None,
        probability_empty: bool | None = None,
        probability_override_from: Decimal | None = None,
        probability_override_to: Decimal | None = None,
        probability_override_empty: bool | None = None,
        next_step_at_from: datetime | None = None,
        next_step_at_to: datetime | None = None,
        next_step_at_empty: bool | None = None,
        description_empty: bool | None = None,
        source: Sequence[str] | None = None,
        source_empty: bool | None = None,
        external_id: Sequence[str] | None = None,
        external_id_empty: bool | None = None,
        is_stalled: bool | None = None,
        custom: Sequence[str] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        sort: str | None = None,
        q: str | None = None,
    ) -> models.PageOpportunityAnswer:
        """Listar las oportunidades.

        Busca por título, producto, vendedor o cliente, y filtra por cualquier columna.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(
            models.PageOpportunityAnswer,
            Request(
                "GET",
                "/api/opportunities",
                query={
                    "opportunity_id": opportunity_id,
                    "pipeline_id": pipeline_id,
                    "stage_id": stage_id,
                    "customer_id": customer_id,
                    "customer_id_empty": customer_id_empty,
                    "user_id": user_id,
                    "user_id_empty": user_id_empty,
                    "seller": seller,
                    "seller_empty": seller_empty,
                    "title": title,
                    "value_from": value_from,
                    "value_to": value_to,
                    "currency": currency,
                    "exchange_rate_from": exchange_rate_from,
                    "exchange_rate_to": exchange_rate_to,
                    "exchange_rate_empty": exchange_rate_empty,
                    "product": product,
                    "product_empty": product_empty,
                    "status": status,
                    "lost_reason": lost_reason,
                    "lost_reason_empty": lost_reason_empty,
                    "created_at_from": created_at_from,
                    "created_at_to": created_at_to,
                    "updated_at_from": updated_at_from,
                    "updated_at_to": updated_at_to,
                    "last_stage_change_from": last_stage_change_from,
                    "last_stage_change_to": last_stage_change_to,
                    "expected_close_date_from": expected_close_date_from,
                    "expected_close_date_to": expected_close_date_to,
                    "expected_close_date_empty": expected_close_date_empty,
                    "won_at_from": won_at_from,
                    "won_at_to": won_at_to,
                    "lost_at_from": lost_at_from,
                    "lost_at_to": lost_at_to,
                    "probability_from": probability_from,
                    "probability_to": probability_to,
                    "probability_empty": probability_empty,
                    "probability_override_from": probability_override_from,
                    "probability_override_to": probability_override_to,
                    "probability_override_empty": probability_override_empty,
                    "next_step_at_from": next_step_at_from,
                    "next_step_at_to": next_step_at_to,
                    "next_step_at_empty": next_step_at_empty,
                    "description_empty": description_empty,
                    "source": source,
                    "source_empty": source_empty,
                    "external_id": external_id,
                    "external_id_empty": external_id_empty,
                    "is_stalled": is_stalled,
                    "custom": custom,
                    "limit": limit,
                    "cursor": cursor,
                    "sort": sort,
                    "q": q,
                },
            ),
        )

    def create_opportunity(
        self, body: models.OpportunityFields, *, idempotency_key: str | None = None
    ) -> models.OpportunityAnswer:
        """Crear una oportunidad.

        Sin etapa, entra en la primera abierta de su embudo; sin embudo, en el primero de la organización.

        _Pueden: dueño, administrador, gerente y vendedor._
        """
        return self._call(
            models.OpportunityAnswer,
            Request("POST", "/api/opportunities", headers={"idempotency-key": idempotency_key}, body=body),
        )

    def get_opportunity(self, opportunity_id: UUID) -> models.OpportunityAnswer:
        """Ver una oportunidad.

        El ETag de la respuesta sirve como If-Match al cambiarla o moverla.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(models.OpportunityAnswer, Request("GET", f"/api/opportunities/{path_part(opportunity_id)}"))

    def change_opportunity(
        self, opportunity_id: UUID, body: models.OpportunityFields, *, if_match: str | None = None
    ) -> models.OpportunityAnswer:
        """Cambiar una oportunidad.

        Cambia lo que se envía; lo demás queda igual. La venta de una ganada no cambia con ella.

        _Pueden: dueño, administrador, gerente y vendedor._
        """
        return self._call(
            models.OpportunityAnswer,
            Request(
                "PUT", f"/api/opportunities/{path_part(opportunity_id)}", headers={"if-match": if_match}, body=body
            ),
        )

    def delete_opportunity(self, opportunity_id: UUID, *, if_match: str | None = None) -> None:
        """Borrar una oportunidad.

        La saca de las listas; si está ganada, su venta queda.

        _Pueden: dueño, administrador, gerente y vendedor._
        """
        self._call(
            NoneType,
            Request("DELETE", f"/api/opportunities/{path_part(opportunity_id)}", headers={"if-match": if_match}),
        )

    def opportunity_activities(
        self,
        opportunity_id: UUID,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        sort: str | None = None,
        q: str | None = None,
    ) -> models.PageInteractionAnswer:
        """Ver las interacciones de una oportunidad.

        Los contactos que se registraron con esta oportunidad, del más reciente al más antiguo.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(
            models.PageInteractionAnswer,
            Request(
                "GET",
                f"/api/opportunities/{path_part(opportunity_id)}/activities",
                query={"limit": limit, "cursor": cursor, "sort": sort, "q": q},
            ),
        )

    def opportunity_history(self, opportunity_id: UUID) -> models.HistoryList:
        """Ver el historial de una oportunidad.

        Por cuáles etapas ha pasado y cuánto estuvo en cada una; en la actual, hasta ahora.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(models.HistoryList, Request("GET", f"/api/opportunities/{path_part(opportunity_id)}/history"))

    def move_opportunity(
        self, opportunity_id: UUID, body: models.StageMove, *, if_match: str | None = None
    ) -> models.OpportunityAnswer:
        """Mover una oportunidad de etapa.

        El estado (abierta, ganada, perdida) sigue a la etapa, y el movimiento queda en el historial.

        Al ganarla se registra su venta; al reabrirla o perderla después, esa venta se quita. La etapa puede ser de otro
        embudo.

        _Pueden: dueño, administrador, gerente y vendedor._
        """
        return self._call(
            models.OpportunityAnswer,
            Request(
                "PUT",
                f"/api/opportunities/{path_part(opportunity_id)}/stage",
                headers={"if-match": if_match},
                body=body,
            ),
        )

    def get_organization(self) -> models.OrganizationAnswer:
        """Ver la organización.

        Su organización y su configuración: moneda, zona horaria, umbrales.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(models.OrganizationAnswer, Request("GET", "/api/organization"))

    def change_organization(
        self, body: models.OrganizationChange, *, if_match: str | None = None
    ) -> models.OrganizationAnswer:
        """Cambiar la organización.

        Cambia lo que se envía; lo demás queda igual.

        _Pueden: dueño y administrador._
        """
        return self._call(
            models.OrganizationAnswer, Request("PUT", "/api/organization", headers={"if-match": if_match}, body=body)
        )

    def list_pipelines(self, *, archived: bool | None = None) -> models.PipelineList:
        """Listar los embudos.

        Sus embudos, cada uno con sus etapas en orden. El ETag es el del orden de los embudos en uso.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(models.PipelineList, Request("GET", "/api/pipelines", query={"archived": archived}))

    def create_pipeline(
        self, body: models.PipelineCreation, *, idempotency_key: str | None = None
    ) -> models.PipelineAnswer:
        """Crear un embudo.

        Con las etapas que se envíen (al menos una abierta, una ganada y una perdida) o, si no, con las usuales.

        _Pueden: dueño, administrador y gerente._
        """
        return self._call(
            models.PipelineAnswer,
            Request("POST", "/api/pipelines", headers={"idempotency-key": idempotency_key}, body=body),
        )

    def order_pipelines(self, body: models.PipelineOrder, *, if_match: str | None = None) -> models.PipelineList:
        """Ordenar los embudos.

        Todos los embudos en uso, en su nuevo orden. El primero es el que recibe lo que no nombra embudo.

        _Pueden: dueño, administrador y gerente._
        """
        return self._call(
            models.PipelineList, Request("PUT", "/api/pipelines/order", headers={"if-match": if_match}, body=body)
        )

    def get_pipeline(self, pipeline_id: UUID, *, archived: bool | None = None) -> models.PipelineAnswer:
        """Ver un embudo.

        Un embudo con sus etapas en orden. El ETag, sin lo archivado, sirve como If-Match al cambiarlo u ordenarlo.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(
            models.PipelineAnswer,
            Request("GET", f"/api/pipelines/{path_part(pipeline_id)}", query={"archived": archived}),
        )

    def change_pipeline(
        self, pipeline_id: UUID, body: models.PipelineFields, *, if_match: str | None = None
    ) -> models.PipelineAnswer:
        """Cambiar un embudo.

        Cambia lo que se envía; lo demás queda igual.

        _Pueden: dueño, administrador y gerente._
        """
        return self._call(
            models.PipelineAnswer,
            Request("PUT", f"/api/pipelines/{path_part(pipeline_id)}", headers={"if-match": if_match}, body=body),
        )

    def archive_pipeline(self, pipeline_id: UUID, *, move_to: UUID | None = None, if_match: str | None = None) -> None:
        """Archivar un embudo.

        Lo que hay adentro pasa al embudo `move_to`: a la etapa del mismo nombre o, si no hay, a la primera de su clase.

        _Pueden: dueño, administrador y gerente._
        """
        self._call(
            NoneType,
            Request(
                "DELETE",
                f"/api/pipelines/{path_part(pipeline_id)}",
                query={"move_to": move_to},
                headers={"if-match": if_match},
            ),
        )

    def get_board(
        self,
        pipeline_id: UUID,
        *,
        limit: int | None = None,
        user_id: Sequence[UUID] | None = None,
        q: str | None = None,
    ) -> models.BoardAnswer:
        """Ver el tablero de un embudo.

        Cada etapa con cuántas oportunidades tiene, cuánto suman en la moneda de la organización y sus primeras
        tarjetas.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(
            models.BoardAnswer,
            Request(
                "GET",
                f"/api/pipelines/{path_part(pipeline_id)}/board",
                query={"limit": limit, "user_id": user_id, "q": q},
            ),
        )

    def get_board_stage(
        self,
        pipeline_id: UUID,
        stage_id: UUID,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        user_id: Sequence[UUID] | None = None,
        q: str | None = None,
    ) -> models.CardPage:
        """Ver más tarjetas de una etapa del tablero.

        Las tarjetas que siguen, en su orden.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(
            models.CardPage,
            Request(
                "GET",
                f"/api/pipelines/{path_part(pipeline_id)}/board/{path_part(stage_id)}",
                query={"cursor": cursor, "limit": limit, "user_id": user_id, "q": q},
            ),
        )

    def restore_pipeline(self, pipeline_id: UUID) -> models.PipelineAnswer:
        """Restaurar un embudo archivado.

        Vuelve a estar en uso; lo que se movió al archivarlo queda donde está.

        _Pueden: dueño, administrador y gerente._
        """
        return self._call(models.PipelineAnswer, Request("POST", f"/api/pipelines/{path_part(pipeline_id)}/restore"))

    def list_stages(self, pipeline_id: UUID, *, archived: bool | None = None) -> models.StageList:
        """Ver las etapas de un embudo.

        Las etapas en orden.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(
            models.StageList,
            Request("GET", f"/api/pipelines/{path_part(pipeline_id)}/stages", query={"archived": archived}),
        )

    def create_stage(
        self, pipeline_id: UUID, body: models.StageFields, *, idempotency_key: str | None = None
    ) -> models.StageAnswer:
        """Crear una etapa.

        Una etapa abierta entra después de las abiertas; una ganada o perdida, al final.

        _Pueden: dueño, administrador y gerente._
        """
        return self._call(
            models.StageAnswer,
            Request(
                "POST",
                f"/api/pipelines/{path_part(pipeline_id)}/stages",
                headers={"idempotency-key": idempotency_key},
                body=body,
            ),
        )

    def order_stages(
        self, pipeline_id: UUID, body: models.StageOrder, *, if_match: str | None = None
    ) -> models.PipelineAnswer:
        """Ordenar las etapas de un embudo.

        Todas las etapas en uso del embudo, en su nuevo orden.

        _Pueden: dueño, administrador y gerente._
        """
        return self._call(
            models.PipelineAnswer,
            Request(
                "PUT",
                f"/api/pipelines/{path_part(pipeline_id)}/stages/order",
                headers={"if-match": if_match},
                body=body,
            ),
        )

    def get_stage(self, pipeline_id: UUID, stage_id: UUID) -> models.StageAnswer:
        """Ver una etapa.

        El ETag de la respuesta sirve como If-Match al cambiarla.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(
            models.StageAnswer, Request("GET", f"/api/pipelines/{path_part(pipeline_id)}/stages/{path_part(stage_id)}")
        )

    def change_stage(
        self, pipeline_id: UUID, stage_id: UUID, body: models.StageFields, *, if_match: str | None = None
    ) -> models.StageAnswer:
        """Cambiar una etapa.

        Cambia lo que se envía. Que sea abierta, ganada o perdida solo cambia mientras esté vacía.

        _Pueden: dueño, administrador y gerente._
        """
        return self._call(
            models.StageAnswer,
            Request(
                "PUT",
                f"/api/pipelines/{path_part(pipeline_id)}/stages/{path_part(stage_id)}",
                headers={"if-match": if_match},
                body=body,
            ),
        )

    def archive_stage(
        self, pipeline_id: UUID, stage_id: UUID, *, move_to: UUID | None = None, if_match: str | None = None
    ) -> None:
        """Archivar una etapa.

        Lo que hay adentro pasa a la etapa `move_to`, de la misma clase, y queda en el historial.

        _Pueden: dueño, administrador y gerente._
        """
        self._call(
            NoneType,
            Request(
                "DELETE",
                f"/api/pipelines/{path_part(pipeline_id)}/stages/{path_part(stage_id)}",
                query={"move_to": move_to},
                headers={"if-match": if_match},
            ),
        )

    def restore_stage(self, pipeline_id: UUID, stage_id: UUID) -> models.StageAnswer:
        """Restaurar una etapa archivada.

        Vuelve a su lugar, vacía.

        _Pueden: dueño, administrador y gerente._
        """
        return self._call(
            models.StageAnswer,
            Request("POST", f"/api/pipelines/{path_part(pipeline_id)}/stages/{path_part(stage_id)}/restore"),
        )

    def list_sales(
        self,
        *,
        sale_id: Sequence[UUID] | None = None,
        customer_id: Sequence[UUID] | None = None,
        customer_id_empty: bool | None = None,
        opportunity_id: Sequence[UUID] | None = None,
        opportunity_id_empty: bool | None = None,
        user_id: Sequence[UUID] | None = None,
        user_id_empty: bool | None = None,
        sold_at_from: datetime | None = None,
        sold_at_to: datetime | None = None,
        amount_from: Decimal | None = None,
        amount_to: Decimal | None = None,
        tax_from: Decimal | None = None,
        tax_to: Decimal | None = None,
        currency: Sequence[str] | None = None,
        exchange_rate_from: Decimal | None = None,
        exchange_rate_to: Decimal | None = None,
        exchange_rate_empty: bool | None = None,
        document_type: Sequence[Literal["invoice", "ticket", "credit_note", "debit_note", "other"]] | None = None,
        external_key: Sequence[str] | None = None,
        external_key_empty: bool | None = None,
        payment_method: Sequence[str] | None = None,
        payment_method_empty: bool | None = None,
        source: Sequence[str] | None = None,
        source_empty: bool | None = None,
        seller: Sequence[str] | None = None,
        seller_empty: bool | None = None,
        channel: Sequence[str] | None = None,
        channel_empty: bool | None = None,
        created_at_from: datetime | None = None,
        created_at_to: datetime | None = None,
        updated_at_from: datetime | None = None,
        updated_at_to: datetime | None = None,
        custom: Sequence[str] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        sort: str | None = None,
        q: str | None = None,
    ) -> models.PageSaleAnswer:
        """Listar las ventas.

        Busca por número de documento, vendedor, canal o cliente, y filtra por cualquier columna.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(
            models.PageSaleAnswer,
            Request(
                "GET",
                "/api/sales",
                query={
                    "sale_id": sale_id,
                    "customer_id": customer_id,
                    "customer_id_empty": customer_id_empty,
                    "opportunity_id": opportunity_id,
                    "opportunity_id_empty": opportunity_id_empty,
                    "user_id": user_id,
                    "user_id_empty": user_id_empty,
                    "sold_at_from": sold_at_from,
                    "sold_at_to": sold_at_to,
                    "amount_from": amount_from,
                    "amount_to": amount_to,
                    "tax_from": tax_from,
                    "tax_to": tax_to,
                    "currency": currency,
                    "exchange_rate_from": exchange_rate_from,
                    "exchange_rate_to": exchange_rate_to,
                    "exchange_rate_empty": exchange_rate_empty,
                    "document_type": document_type,
                    "external_key": external_key,
                    "external_key_empty": external_key_empty,
                    "payment_method": payment_method,
                    "payment_method_empty": payment_method_empty,
                    "source": source,
                    "source_empty": source_empty,
                    "seller": seller,
                    "seller_empty": seller_empty,
                    "channel": channel,
                    "channel_empty": channel_empty,
                    "created_at_from": created_at_from,
                    "created_at_to": created_at_to,
                    "updated_at_from": updated_at_from,
                    "updated_at_to": updated_at_to,
                    "custom": custom,
                    "limit": limit,
                    "cursor": cursor,
                    "sort": sort,
                    "q": q,
                },
            ),
        )

    def create_sale(self, body: models.SaleFields, *, idempotency_key: str | None = None) -> models.SaleAnswer:
        """Registrar una venta.

        Un documento con su monto, sus líneas o ambos. Sin cliente es un tiquete de caja; una nota de crédito resta.

        _Pueden: dueño, administrador, gerente y vendedor._
        """
        return self._call(
            models.SaleAnswer, Request("POST", "/api/sales", headers={"idempotency-key": idempotency_key}, body=body)
        )

    def get_sale(self, sale_id: UUID) -> models.SaleAnswer:
        """Ver una venta.

        Una venta con sus líneas. El ETag de la respuesta sirve como If-Match al cambiarla.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(models.SaleAnswer, Request("GET", f"/api/sales/{path_part(sale_id)}"))

    def change_sale(self, sale_id: UUID, body: models.SaleChange, *, if_match: str | None = None) -> models.SaleAnswer:
        """Cambiar una venta.

        Cambia lo que se envía; lo demás queda igual. Líneas nuevas sin monto dan su suma.

        _Pueden: dueño, administrador, gerente y vendedor._
        """
        return self._call(
            models.SaleAnswer,
            Request("PUT", f"/api/sales/{path_part(sale_id)}", headers={"if-match": if_match}, body=body),
        )

    def delete_sale(self, sale_id: UUID, *, if_match: str | None = None) -> None:
        """Borrar una venta.

        La bitácora guarda lo que era. La de una oportunidad ganada se quita reabriendo la oportunidad.

        _Pueden: dueño, administrador, gerente y vendedor._
        """
        self._call(NoneType, Request("DELETE", f"/api/sales/{path_part(sale_id)}", headers={"if-match": if_match}))

    def list_templates(self) -> models.TemplateList:
        """Ver las plantillas por industria.

        Con qué empieza cada tipo de negocio. No hace falta haber ingresado.

        _No hace falta haber ingresado._
        """
        return self._call(models.TemplateList, Request("GET", "/api/templates"))

    def get_template(self, name: str) -> models.TemplateAnswer:
        """Ver una plantilla.

        Entera, con las consultas de sus widgets y alertas. No hace falta haber ingresado.

        _No hace falta haber ingresado._
        """
        return self._call(models.TemplateAnswer, Request("GET", f"/api/templates/{path_part(name)}"))

    def list_users(
        self, *, limit: int | None = None, cursor: str | None = None, sort: str | None = None, q: str | None = None
    ) -> models.PageUserAnswer:
        """Listar las personas.

        Las personas de su organización, también las desactivadas (`is_active`).

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(
            models.PageUserAnswer,
            Request("GET", "/api/users", query={"limit": limit, "cursor": cursor, "sort": sort, "q": q}),
        )

    def list_invitations(
        self, *, limit: int | None = None, cursor: str | None = None, sort: str | None = None, q: str | None = None
    ) -> models.PageInvitationAnswer:
        """Listar las invitaciones pendientes.

        Las que nadie ha aceptado ni retirado, vencidas o no.

        _Pueden: dueño y administrador; no con una llave de API._
        """
        return self._call(
            models.PageInvitationAnswer,
            Request("GET", "/api/users/invitations", query={"limit": limit, "cursor": cursor, "sort": sort, "q": q}),
        )

    def withdraw_invitation(self, invitation_id: UUID) -> None:
        """Retirar una invitación.

        El enlace que se envió deja de servir.

        _Pueden: dueño y administrador; no con una llave de API._
        """
        self._call(NoneType, Request("DELETE", f"/api/users/invitations/{path_part(invitation_id)}"))

    def invite_user(self, body: models.InviteRequest, *, idempotency_key: str | None = None) -> models.InvitationAnswer:
        """Invitar a una persona.

        Le llega un correo con un enlace que sirve una vez y por siete días. Invitar de nuevo anula el enlace anterior.

        Solo un dueño invita a otro dueño.

        _Pueden: dueño y administrador; no con una llave de API._
        """
        return self._call(
            models.InvitationAnswer,
            Request("POST", "/api/users/invite", headers={"idempotency-key": idempotency_key}, body=body),
        )

    def get_user(self, user_id: UUID) -> models.UserAnswer:
        """Ver una persona.

        Una persona de su organización.

        _Pueden: cualquiera que haya ingresado._
        """
        return self._call(models.UserAnswer, Request("GET", f"/api/users/{path_part(user_id)}"))

    def change_user(self, user_id: UUID, body: models.UserChange, *, if_match: str | None = None) -> models.UserAnswer:
        """Cambiar el nombre de una persona.

        El suyo; el de otra persona, si usted administra la organización. Cambia lo que se envía.

        _Pueden: cualquiera que haya ingresado; no con una llave de API._
        """
        return self._call(
            models.UserAnswer,
            Request("PUT", f"/api/users/{path_part(user_id)}", headers={"if-match": if_match}, body=body),
        )

    def deactivate_user(self, user_id: UUID, *, if_match: str | None = None) -> None:
        """Desactivar a una persona.

        Ya no puede ingresar: sus sesiones y sus llaves de API terminan. Lo que hizo queda a su nombre.

        Para que vuelva, invítela de nuevo. El último dueño no se puede desactivar.

        _Pueden: dueño y administrador; no con una llave de API._
        """
        self._call(NoneType, Request("DELETE", f"/api/users/{path_part(user_id)}", headers={"if-match": if_match}))

    def change_role(self, user_id: UUID, body: models.RoleChange, *, if_match: str | None = None) -> models.UserAnswer:
        """Cambiar el rol de una persona.

        Vale desde la siguiente solicitud. Solo un dueño nombra o cambia a otro dueño, y siempre queda al menos uno.

        _Pueden: dueño y administrador; no con una llave de API._
        """
        return self._call(
            models.UserAnswer,
            Request("PUT", f"/api/users/{path_part(user_id)}/role", headers={"if-match": if_match}, body=body),
        )

    def end_user_sessions(self, user_id: UUID) -> None:
        """Cerrar las sesiones de una persona.

        Por si perdió el teléfono: todos sus dispositivos deben ingresar de nuevo.

        _Pueden: dueño y administrador; no con una llave de API._
        """
        self._call(NoneType, Request("DELETE", f"/api/users/{path_part(user_id)}/sessions"))

    def list_webhooks(
        self, *, limit: int | None = None, cursor: str | None = None, sort: str | None = None, q: str | None = None
    ) -> models.PageWebhookAnswer:
        """Listar los webhooks.

        Los webhooks de su organización, sin sus secretos; busca en la dirección.

        _Pueden: dueño y administrador._
        """
        return self._call(
            models.PageWebhookAnswer,
            Request("GET", "/api/webhooks", query={"limit": limit, "cursor": cursor, "sort": sort, "q": q}),
        )

    def create_webhook(
        self, body: models.WebhookFields, *, idempotency_key: str | None = None
    ) -> models.WebhookWithSecret:
        """Crear un webhook.

        Una dirección https que se entera de lo que pasa. El secret para revisar las firmas se muestra solo aquí.

        _Pueden: dueño y administrador._
        """
        return self._call(
            models.WebhookWithSecret,
            Request("POST", "/api/webhooks", headers={"idempotency-key": idempotency_key}, body=body),
        )

    def get_webhook(self, webhook_id: UUID) -> models.WebhookAnswer:
        """Ver un webhook.

        El ETag de la respuesta sirve como If-Match al cambiarlo.

        _Pueden: dueño y administrador._
        """
        return self._call(models.WebhookAnswer, Request("GET", f"/api/webhooks/{path_part(webhook_id)}"))

    def change_webhook(
        self, webhook_id: UUID, body: models.WebhookFields, *, if_match: str | None = None
    ) -> models.WebhookAnswer:
        """Cambiar un webhook.

        Lo enviado reemplaza el webhook entero; el secret sigue igual. Apagado, no recibe nada, ni después.

        _Pueden: dueño y administrador._
        """
        return self._call(
            models.WebhookAnswer,
            Request("PUT", f"/api/webhooks/{path_part(webhook_id)}", headers={"if-match": if_match}, body=body),
        )

    def delete_webhook(self, webhook_id: UUID, *, if_match: str | None = None) -> None:
        """Borrar un webhook.

        Lo borra con sus entregas, también las que esperan.

        _Pueden: dueño y administrador._
        """
        self._call(
            NoneType, Request("DELETE", f"/api/webhooks/{path_part(webhook_id)}", headers={"if-match": if_match})
        )

    def list_deliveries(
        self,
        webhook_id: UUID,
        *,
        status: Sequence[Literal["pending", "delivered", "failed"]] | None = None,
        event: Sequence[str] | None = None,
        created_at_from: datetime | None = None,
        created_at_to: datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        sort: str | None = None,
        q: str | None = None,
    ) -> models.PageDeliveryAnswer:
        """Ver las entregas de un webhook.

        Qué se envió, qué respondió el receptor y qué falta por enviar. Se guardan 30 días.

        _Pueden: dueño y administrador._
        """
        return self._call(
            models.PageDeliveryAnswer,
            Request(
                "GET",
                f"/api/webhooks/{path_part(webhook_id)}/deliveries",
                query={
                    "status": status,
                    "event": event,
                    "created_at_from": created_at_from,
                    "created_at_to": created_at_to,
                    "limit": limit,
                    "cursor": cursor,
                    "sort": sort,
                    "q": q,
                },
            ),
        )

    def redeliver(
        self, webhook_id: UUID, delivery_id: UUID, *, idempotency_key: str | None = None
    ) -> models.DeliveryAnswer:
        """Repetir una entrega.

        La envía otra vez con el mismo webhook-id.

        _Pueden: dueño y administrador._
        """
        return self._call(
            models.DeliveryAnswer,
            Request(
                "POST",
                f"/api/webhooks/{path_part(webhook_id)}/deliveries/{path_part(delivery_id)}/redeliver",
                headers={"idempotency-key": idempotency_key},
            ),
        )

    def rotate_webhook_secret(
        self, webhook_id: UUID, *, idempotency_key: str | None = None
    ) -> models.WebhookWithSecret:
        """Cambiar el secreto de un webhook.

        Da un secret nuevo. Hasta el próximo cambio, cada entrega lleva también la firma del anterior.

        _Pueden: dueño y administrador._
        """
        return self._call(
            models.WebhookWithSecret,
            Request(
                "POST",
                f"/api/webhooks/{path_part(webhook_id)}/rotate-secret",
                headers={"idempotency-key": idempotency_key},
            ),
        )

    def test_webhook(self, webhook_id: UUID, *, idempotency_key: str | None = None) -> models.DeliveryAnswer:
        """Enviar una entrega de prueba.

        Pone en cola el evento webhook.test; su resultado se ve en las entregas.

        _Pueden: dueño y administrador._
        """
        return self._call(
            models.DeliveryAnswer,
            Request(
                "POST", f"/api/webhooks/{path_part(webhook_id)}/test", headers={"idempotency-key": idempotency_key}
            ),
        )
