"""Addresses of the catalogue's lists."""

from django.urls import path

from catalog import health_views, menu_views, package_views, views

app_name = "catalog"
urlpatterns = [
    path("deliveries/", views.deliveries, name="deliveries"),
    path("deliveries/<int:delivery_id>/", views.delivery, name="delivery"),
    path("substitutes/", views.substitutes, name="substitutes"),
    path("substitutes/<int:substitute_id>/", views.substitute, name="substitute"),
    path("suppliers/", views.suppliers, name="suppliers"),
    path("suppliers/<int:supplier_id>/", views.supplier, name="supplier"),
    path("insurers/", views.insurers, name="insurers"),
    path("insurers/<int:insurer_id>/", views.insurer, name="insurer"),
    path("warranties/", views.terms, name="terms"),
    path("warranties/<int:term_id>/", views.term, name="term"),
    path("care-rules/", views.care_rules, name="care_rules"),
    path("care-rules/<int:care_rule_id>/", views.care_rule, name="care_rule"),
    path("inspection-lists/", views.health_lists, name="health_lists"),
    path("inspection-lists/first/", health_views.first, name="health_first"),
    path("inspection-lists/<int:health_list_id>/", views.health_list, name="health_list"),
    path("inspection-lists/<int:health_list_id>/points/", health_views.points, name="health_points"),
    path("inspection-lists/points/<int:health_point_id>/", health_views.point, name="health_point"),
    path("packages/", views.packages, name="packages"),
    path("packages/<int:package_template_id>/", views.package, name="package"),
    path("packages/<int:package_template_id>/items/", package_views.items, name="package_items"),
    path("menus/", views.menus, name="menus"),
    path("menus/<int:menu_id>/", views.menu, name="menu"),
    path("menus/<int:menu_id>/items/", menu_views.items, name="menu_items"),
    path("menus/items/<int:menu_item_id>/end/", menu_views.end_item, name="menu_item_end"),
    path("packages/items/<int:package_item_id>/end/", package_views.end_item, name="package_item_end"),
]
