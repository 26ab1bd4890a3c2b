class BasicPlugin:
    id: str
