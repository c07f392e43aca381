"""The contract and the custody of the car (接车、委托书、出门证)."""
