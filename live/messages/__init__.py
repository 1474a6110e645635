"""What crosses a process border: of devices, of officials, boards, what is shown beside them, between services.

Frozen values without behaviour. Their JSON and their topics are in `wire`; instants and durations are whole ms.
"""
