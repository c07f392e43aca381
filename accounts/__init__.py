"""People and places (人员、门店、班组、工位)."""
