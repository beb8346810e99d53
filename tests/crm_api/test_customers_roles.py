"""Who may see, change and delete which customers."""

from collections.abc import Callable

from tests.crm_api.conftest import Company, problem
from tests.crm_api.customers import create_customer


def test_a_seller_sees_what_the_organization_lets_them(
    register: Callable[..., Company], colleague: Callable[[Company, str], Company]
) -> None:
    company = register("Visibilidad")
    seller, viewer = colleague(company, "seller"), colleague(company, "viewer")
    theirs = create_customer(company, first_name="Ajena", owner_user_id=str(company.user_id))["customer_id"]
    free = create_customer(company, first_name="Libre")["customer_id"]
    ours = create_customer(seller, first_name="Propia")["customer_id"]
    assert seller.get("/api/customers").json()["total"] == 3
    assert company.put("/api/organization", {"settings": {"sellers_see": "own"}}).status_code == 200
    assert {item["customer_id"] for item in seller.get("/api/customers").json()["items"]} == {free, ours}
    assert seller.get("/api/customers/segments").json()["items"] == [{"segment": None, "customers": 2}]
    assert seller.get("/api/customers", params={"q": "Ajena"}).json()["total"] == 0
    path = f"/api/customers/{theirs}"
    for answer in (seller.get(path), seller.put(path, {"last_name": "X"}), seller.delete(path)):
        problem(answer, 404, "not_found")
    bulk = {"ids": [theirs, ours], "set": {"tags_add": ["X"]}}
    problem(seller.post("/api/customers/bulk", bulk), 404, "not_found")
    for person in (company, viewer):
        assert person.get("/api/customers").json()["total"] == 3


def test_a_viewer_reads_and_no_more(company_a: Company, colleague: Callable[[Company, str], Company]) -> None:
    viewer = colleague(company_a, "viewer")
    assert viewer.get("/api/customers").status_code == 200
    problem(viewer.post("/api/customers", {"first_name": "A"}), 403, "forbidden")


def test_a_seller_changes_their_own(company_a: Company, colleague: Callable[[Company, str], Company]) -> None:
    seller, other = colleague(company_a, "seller"), colleague(company_a, "seller")
    own = create_customer(seller, first_name="Mía")
    assert own["owner_user_id"] == str(seller.user_id)
    path = f"/api/customers/{own['customer_id']}"
    assert seller.put(path, {"last_name": "X"}).status_code == 200
    problem(other.put(path, {"last_name": "Y"}), 403, "forbidden")
    problem(other.delete(path), 403, "forbidden")
    problem(seller.put(path, {"owner_user_id": str(other.user_id)}), 403, "forbidden")
    assert company_a.put(path, {"owner_user_id": str(other.user_id)}).status_code == 200
    assert other.put(path, {"last_name": "Y"}).status_code == 200


def test_a_seller_takes_what_is_nobodys_and_deletes_only_their_own(
    company_a: Company, colleague: Callable[[Company, str], Company]
) -> None:
    seller, other = colleague(company_a, "seller"), colleague(company_a, "seller")
    mine, theirs = {"owner_user_id": str(seller.user_id)}, {"owner_user_id": str(other.user_id)}
    path = f"/api/customers/{create_customer(company_a, first_name='De nadie')['customer_id']}"
    found = problem(seller.delete(path), 403, "forbidden")
    assert "no es de nadie" in found["detail"]
    assert seller.put(path, {"last_name": "X"}).status_code == 200
    problem(seller.put(path, theirs), 403, "forbidden")
    assert seller.put(path, mine).json()["owner_user_id"] == str(seller.user_id)
    problem(other.put(path, theirs), 403, "forbidden")
    problem(seller.put(path, {"owner_user_id": None}), 403, "forbidden")
    problem(other.delete(path), 403, "forbidden")
    assert seller.delete(path).status_code == 204
    manager = colleague(company_a, "manager")
    nobodys = create_customer(company_a, first_name="De nadie")["customer_id"]
    assert manager.delete(f"/api/customers/{nobodys}").status_code == 204


def test_a_role_changes_at_once(
    company_a: Company, colleague: Callable[[Company, str], Company], set_role: Callable[[Company, str], None]
) -> None:
    person = colleague(company_a, "manager")
    assert person.post("/api/customers", {"first_name": "A"}).status_code == 201
    set_role(person, "viewer")
    problem(person.post("/api/customers", {"first_name": "A"}), 403, "forbidden")
