"""Active substances by their international names (INN), which are free to use.

Schedules, headings and the list of nil-rated medicines are a believable sample
put down from memory, not legal advice (marked [M] in the domain page).
"""

from __future__ import annotations

from dataclasses import dataclass

MEDICINE = "30049099"
ANTIBIOTIC = "30042019"
HORMONE = "30043190"
VACCINE = "30024119"
SUPPLEMENT = "21069099"

# Percent in basis points: until 2025-09-21, and from 2025-09-22 (domain S5).
HEADING_RATES = {
    MEDICINE: (1_200, 500),
    ANTIBIOTIC: (1_200, 500),
    HORMONE: (500, 500),
    VACCINE: (500, 500),
    SUPPLEMENT: (1_800, 500),
}


@dataclass(frozen=True, slots=True)
class Molecule:
    """A substance in one dosage form. ``mrp`` is the least and the most, in rupees."""

    name: str
    group: str  # one of GROUPS
    hsn: str
    form: str
    strengths: tuple[str, ...]
    mrp: tuple[int, int]
    life_saving: bool = False  # nil-rated from 2025-09-22

    @property
    def pack(self) -> tuple[str, str]:
        """What one unit of stock is: pack size and unit of measure."""
        return PACKS[self.form]


@dataclass(frozen=True, slots=True)
class Group:
    """What molecules of a kind share. ``portion`` is in products per hundred."""

    schedule: str
    storage: str
    is_schedule_c: bool
    portion: int


GROUPS = {
    "over the counter": Group("none", "ambient", False, 18),
    "prescription": Group("H", "ambient", False, 42),
    "prescription, cool": Group("H", "cool", False, 8),
    "biological": Group("H", "cold", True, 3),
    "caution": Group("G", "ambient", False, 16),
    "restricted": Group("H1", "ambient", False, 12),
    "controlled": Group("X", "ambient", False, 1),
}

PACKS = {
    "tablet": ("10 tablets", "strip"),
    "capsule": ("10 capsules", "strip"),
    "syrup": ("100 ml", "bottle"),
    "suspension": ("60 ml", "bottle"),
    "injection": ("1 vial", "vial"),
    "cream": ("30 g", "tube"),
    "drops": ("10 ml", "bottle"),
    "sachet": ("1 sachet", "sachet"),
    "inhaler": ("200 doses", "inhaler"),
}

# group | heading | form | least and most MRP in rupees | name: strengths; name: strengths ...
TABLE = f"""
over the counter|{MEDICINE}|tablet|12 45|Paracetamol: 500 mg, 650 mg; Ibuprofen: 200 mg, 400 mg
over the counter|{MEDICINE}|tablet|15 60|Loratadine: 10 mg; Famotidine: 20 mg; Bisacodyl: 5 mg
over the counter|{MEDICINE}|syrup|45 110|Ambroxol: 15 mg/5 ml, 30 mg/5 ml; Lactulose: 10 g/15 ml
over the counter|{MEDICINE}|cream|60 160|Clotrimazole: 1 %, 2 %; Povidone iodine: 5 %, 10 %
over the counter|{SUPPLEMENT}|sachet|18 30|Oral rehydration salts: 21.8 g; Psyllium husk: 6 g
over the counter|{SUPPLEMENT}|tablet|40 180|Ascorbic acid: 500 mg; Calcium carbonate: 500 mg
over the counter|{SUPPLEMENT}|capsule|60 240|Colecalciferol: 1000 IU, 60000 IU; Zinc sulfate: 50 mg
prescription|{MEDICINE}|tablet|30 120|Amlodipine: 2.5 mg, 5 mg, 10 mg; Losartan: 25 mg, 50 mg
prescription|{MEDICINE}|tablet|40 190|Telmisartan: 20 mg, 40 mg, 80 mg; Ramipril: 2.5 mg, 5 mg
prescription|{MEDICINE}|tablet|45 260|Atorvastatin: 10 mg, 20 mg, 40 mg; Rosuvastatin: 5 mg, 10 mg
prescription|{MEDICINE}|tablet|35 150|Metoprolol: 25 mg, 50 mg; Bisoprolol: 2.5 mg, 5 mg
prescription|{MEDICINE}|capsule|40 160|Omeprazole: 20 mg; Esomeprazole: 20 mg, 40 mg
prescription|{MEDICINE}|tablet|60 210|Pantoprazole: 20 mg, 40 mg; Domperidone: 10 mg
prescription|{MEDICINE}|tablet|45 190|Montelukast: 4 mg, 5 mg, 10 mg; Etoricoxib: 60 mg, 90 mg
prescription|{MEDICINE}|tablet|30 140|Escitalopram: 5 mg, 10 mg; Sertraline: 25 mg, 50 mg
prescription|{MEDICINE}|tablet|40 220|Clopidogrel: 75 mg; Apixaban: 2.5 mg, 5 mg
prescription|{ANTIBIOTIC}|capsule|40 120|Amoxicillin: 250 mg, 500 mg; Doxycycline: 100 mg
prescription|{ANTIBIOTIC}|tablet|60 190|Azithromycin: 250 mg, 500 mg; Cefuroxime: 250 mg, 500 mg
prescription|{ANTIBIOTIC}|tablet|35 110|Ciprofloxacin: 250 mg, 500 mg; Ofloxacin: 200 mg
prescription|{ANTIBIOTIC}|suspension|50 130|Amoxicillin: 125 mg/5 ml; Azithromycin: 200 mg/5 ml
prescription|{MEDICINE}|inhaler|180 480|Salbutamol: 100 mcg; Budesonide: 100 mcg, 200 mcg
prescription, cool|{MEDICINE}|drops|70 320|Latanoprost: 0.005 %; Timolol: 0.25 %, 0.5 %
prescription, cool|{ANTIBIOTIC}|drops|45 150|Moxifloxacin: 0.5 %; Tobramycin: 0.3 %
prescription, cool|{MEDICINE}|injection|60 280|Oxytocin: 5 IU; Atracurium: 25 mg; Vecuronium: 4 mg
biological|{HORMONE}|injection|160 720|Insulin human: 40 IU/ml; Insulin glargine: 100 IU/ml
biological|{VACCINE}|injection|220 980|Tetanus vaccine: 0.5 ml; Hepatitis B vaccine: 1 ml
biological|{VACCINE}|injection|300 1400|Rabies vaccine: 1 ml; Typhoid vaccine: 0.5 ml
caution|{MEDICINE}|tablet|18 90|Metformin: 500 mg, 850 mg, 1000 mg; Gliclazide: 40 mg, 80 mg
caution|{MEDICINE}|tablet|40 180|Glimepiride: 1 mg, 2 mg, 4 mg; Vildagliptin: 50 mg
caution|{MEDICINE}|tablet|20 80|Cetirizine: 5 mg, 10 mg; Levocetirizine: 5 mg; Hydroxyzine: 10 mg
caution|{MEDICINE}|tablet|25 130|Carbamazepine: 100 mg, 200 mg; Phenytoin: 100 mg
caution|{MEDICINE}|tablet|60 190|Methotrexate: 2.5 mg, 7.5 mg; Hydroxycarbamide: 500 mg
restricted|{ANTIBIOTIC}|tablet|80 240|Cefixime: 100 mg, 200 mg; Cefpodoxime: 100 mg, 200 mg
restricted|{ANTIBIOTIC}|tablet|60 180|Levofloxacin: 250 mg, 500 mg; Moxifloxacin: 400 mg
restricted|{ANTIBIOTIC}|injection|55 420|Ceftriaxone: 500 mg, 1 g; Meropenem: 500 mg, 1 g
restricted|{MEDICINE}|tablet|25 110|Alprazolam: 0.25 mg, 0.5 mg; Zolpidem: 5 mg, 10 mg
restricted|{MEDICINE}|capsule|40 120|Tramadol: 50 mg, 100 mg; Rifampicin: 450 mg
controlled|{MEDICINE}|tablet|110 260|Methylphenidate: 5 mg, 10 mg, 20 mg
controlled|{MEDICINE}|injection|70 190|Ketamine: 50 mg/ml
"""

LIFE_SAVING = (
    Molecule(
        "Asciminib", "prescription", MEDICINE, "tablet", ("20 mg", "40 mg"), (2400, 4800), True
    ),
    Molecule("Risdiplam", "prescription", MEDICINE, "sachet", ("60 mg",), (3200, 5600), True),
)


def molecules() -> tuple[Molecule, ...]:
    """Read the table, one molecule for each substance and form."""
    found = []
    for row in TABLE.strip().splitlines():
        group, hsn, form, prices, substances = row.split("|")
        least, most = prices.split()
        for substance in substances.split("; "):
            name, strengths = substance.split(": ")
            found.append(
                Molecule(
                    name, group, hsn, form, tuple(strengths.split(", ")), (int(least), int(most))
                )
            )
    return (*found, *LIFE_SAVING)
