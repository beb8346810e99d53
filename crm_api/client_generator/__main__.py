"""`python -m crm_api.client_generator`: writes the dashboards' client of this API. Needs the development dependencies."""

from crm_api.client_generator.files import FOLDER, texts, write


def main() -> None:
    """Write the client's files."""
    write(FOLDER, texts())


if __name__ == "__main__":
    main()
