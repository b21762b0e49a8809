"""The operator of an installation in tests."""

OPERATOR = {
    "OPERATOR_NAME": "安居家电有限公司 | Anju Appliances Ltd.",
    "OPERATOR_ADDRESS": "上海市示例路1号 | 1 Example Road, Shanghai",
    "OPERATOR_PHONE": "400-800-4321",
    "OPERATOR_HOURS": "工作日9:00–18:00 | working days 9:00–18:00",
}
"""The settings, in Chinese and after a "|" in English."""
