"""`python -m crm_api.client_generator`: writes the dashboards' client of this API. Needs the development dependencies."""

from crm_api.client_generator.files import FOLDER, texts


def main() -> None:
    """Write the client's modules."""
    for name, text in texts().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
