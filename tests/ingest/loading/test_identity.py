"""Who is who: external id, identification, phone with a similar name, e-mail, the same name; never a name alike."""

from typing import Any

HEADER = "Código,Nombre,Cédula,Teléfono,Correo\n"


def customers(company: Any) -> int:
    return int(company.value("select count(*) from customers"))


def test_the_same_external_id_is_the_same_customer(company: Any) -> None:
    counts = company.load("customers", HEADER + "C1,Ana Mora,,,\nC2,Luis Vega,,,\nC1,Ana Mora Rojas,,8888-1111,\n")
    assert counts.inserted == {"customers": 2}
    assert counts.duplicates == 1
    assert company.rows("select first_name, last_name, phone from customers where external_id = 'C1'") == [
        ("Ana", "Mora Rojas", "+50688881111")
    ]


def test_the_same_identification_is_the_same_customer_whatever_the_code(company: Any) -> None:
    company.load("customers", HEADER + "C1,Ana Mora,1-1234-0567,,\n")
    counts = company.load("customers", HEADER + "X9,Ana M. Mora,112340567,,ana@correo.cr\n")
    assert (counts.inserted["customers"], counts.updated["customers"]) == (0, 1)
    assert company.rows("select external_id, email from customers") == [("X9", "ana@correo.cr")]


def test_a_phone_merges_similar_names_and_no_others(company: Any) -> None:
    company.load("customers", "Nombre,Teléfono\nCarlos Jiménez Solano,8888-2222\n")
    counts = company.load("customers", "Nombre,Teléfono\nCarlos Jimenez S.,88882222\nMarta Quesada,8888 2222\n")
    assert (counts.inserted["customers"], customers(company)) == (1, 2)
    assert company.value("select count(*) from customers where phone = '+50688882222'") == 2


def test_an_email_is_one_customer_unless_codes_differ(company: Any) -> None:
    company.load("customers", HEADER + "C1,Ana Mora,,,casa@correo.cr\n")
    counts = company.load("customers", HEADER + ",Anita Mora,,,CASA@correo.cr\nC7,Jorge Mora,,,casa@correo.cr\n")
    assert (counts.inserted["customers"], customers(company)) == (1, 2)
    assert company.rows("select external_id, first_name from customers order by 1") == [
        ("C1", "Anita"),
        ("C7", "Jorge"),
    ]


def test_the_same_name_is_one_customer_only_where_the_file_gives_nothing_else(company: Any) -> None:
    company.load("customers", "Nombre,Dirección\nSoda La Única,Heredia\n")
    counts = company.load("customers", "Nombre,Dirección\nSODA LA UNICA,Heredia centro\nSoda La Única 2,Barva\n")
    assert (counts.inserted["customers"], counts.updated["customers"], customers(company)) == (1, 1, 2)
    counts = company.load("customers", "Nombre,Teléfono\nSoda La Única,2222-3333\n")
    assert (counts.inserted["customers"], customers(company)) == (1, 3)


def test_two_people_of_one_name_without_anything_else_in_the_file_are_one(company: Any) -> None:
    counts = company.load("customers", "Nombre,Ciudad\nAna Solís,Liberia\nana solis,Nicoya\nAna Solís Mata,Liberia\n")
    assert (counts.inserted["customers"], counts.duplicates) == (2, 1)


def test_links_chain_through_rows_that_know_more(company: Any) -> None:
    counts = company.load(
        "customers",
        HEADER + "C1,Rosa Pérez,,,rosa@correo.cr\n,Rosa Pérez,2-0345-0678,,rosa@correo.cr\n,R. Pérez,203450678,,\n",
    )
    assert counts.inserted == {"customers": 1}
    assert company.rows("select external_id, identification_number, email from customers") == [
        ("C1", "203450678", "rosa@correo.cr")
    ]


def test_an_identification_of_somebody_else_is_not_taken_over(company: Any) -> None:
    company.load("customers", HEADER + "C1,Ana Mora,1-1234-0567,,\nC2,Eva Soto,1-7654-0321,,\n")
    company.load("customers", HEADER + "C1,Ana Mora,1-7654-0321,,\n")
    assert company.rows("select external_id, identification_number from customers order by 1") == [
        ("C1", "112340567"),
        ("C2", "176540321"),
    ]


def test_a_deleted_customer_is_nobody(company: Any) -> None:
    company.load("customers", HEADER + "C1,Ana Mora,1-1234-0567,,\n")
    company.run("update customers set deleted_at = now()")
    counts = company.load("customers", HEADER + "C1,Ana Mora,1-1234-0567,8888-0000,\n")
    assert counts.inserted == {"customers": 1}


def test_a_row_of_a_phone_alone_meets_its_like_and_never_a_named_customer(company: Any) -> None:
    company.load("customers", "Nombre,Teléfono\nAna Mora,8888-2222\n")
    company.load("customers", "Nombre,Teléfono\n,8888-2222\n,8888-2222\n")
    counts = company.load("customers", "Nombre,Teléfono,Ciudad\n,8888-2222,Cartago\n")
    assert (counts.inserted["customers"], customers(company)) == (0, 2)


def test_the_few_people_of_a_file_are_found_among_many_customers_by_any_of_their_keys(company: Any) -> None:
    lines = "".join(
        f"C{number},Cliente {number},1-{number:04}-0567,6000-{number:04},c{number}@correo.cr\n"
        for number in range(1, 101)
    )
    company.load("customers", HEADER + lines)
    company.run("update customers set email = 'C4@Correo.CR' where external_id = 'C4'")
    company.run("update customers set deleted_at = now() where external_id in ('C5', 'C6')")
    few = (
        "C1,Cliente 1,,,nuevo@correo.cr\n,Cliente 2,1-0002-0567,,\n,Cliente 3,,6000-0003,\n"
        ",Cliente 4,,,c4@correo.cr\n,Cliente 5,,6000-0005,\n,Cliente 6,,,c6@correo.cr\n,Cliente 7,,,c7@correo.cr\n"
    )
    # An e-mail that stands in other capitals has not been the same so far, nor is it now; the deleted are nobody.
    counts = company.load("customers", HEADER + few)
    assert counts.inserted["customers"] == 3
    assert (counts.updated["customers"], counts.unchanged["customers"]) == (1, 3)
    assert company.value("select email from customers where external_id = 'C1'") == "nuevo@correo.cr"
