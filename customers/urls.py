"""Addresses of customers and vehicles. No address holds a name, a phone number or a plate: they end in logs."""

from django.urls import path

from customers import (
    import_views,
    merge_views,
    message_views,
    new_car_views,
    recall_views,
    receipt_views,
    text_views,
    views,
)

app_name = "customers"
urlpatterns = [
    path("", views.vehicles, name="vehicles"),
    path("new/", views.new, name="new"),
    path("new-car/", new_car_views.new_car, name="new_car"),
    path("vehicles/<int:vehicle_id>/", views.vehicle, name="vehicle"),
    path("vehicles/<int:vehicle_id>/edit/", views.edit_vehicle, name="edit_vehicle"),
    path("vehicles/<int:vehicle_id>/reading/", views.add_reading, name="add_reading"),
    path("vehicles/<int:vehicle_id>/owner/", views.new_owner, name="new_owner"),
    path("vehicles/<int:vehicle_id>/care/", views.edit_care, name="edit_care"),
    path("people/<int:customer_id>/edit/", views.edit_customer, name="edit_customer"),
    path("people/<int:customer_id>/agree/", views.agree, name="agree"),
    path("people/<int:customer_id>/consent/", views.add_consent, name="add_consent"),
    path("recalls/", recall_views.recalls, name="recalls"),
    path("recalls/<int:recall_id>/", recall_views.recall, name="recall"),
    path("messages/", message_views.listed, name="messages"),
    path("messages/inbox/", message_views.inbox, name="inbox"),
    path("messages/<int:message_id>/resend/", message_views.resend, name="message_resend"),
    path("messages/<int:message_id>/close/", message_views.close, name="message_close"),
    path("messages/texts/", text_views.texts, name="texts"),
    path("messages/texts/<str:kind>/<str:channel>/<str:language>/", text_views.text, name="text"),
    path("imports/", import_views.imports, name="imports"),
    path("imports/<int:run_id>/", import_views.one, name="import"),
    path("imports/<int:run_id>/columns/", import_views.columns, name="import_columns"),
    path("imports/<int:run_id>/errors.csv", import_views.report, name="import_report"),
    path("imports/<int:run_id>/<str:action>/", import_views.act, name="import_act"),
    path("duplicates/", merge_views.duplicates, name="duplicates"),
    path("duplicates/<str:what>/<int:first_id>/<int:second_id>/", merge_views.compare, name="compare"),
    path("duplicates/<str:what>/<int:first_id>/<int:second_id>/apart/", merge_views.apart, name="apart"),
    path("merges/<int:merge_id>/undo/", merge_views.undo, name="merge_undo"),
    path("receipts/<str:gateway>/", receipt_views.report, name="receipts"),
    path("unsubscribe/<str:token>/", message_views.unsubscribe, name="unsubscribe"),
]
