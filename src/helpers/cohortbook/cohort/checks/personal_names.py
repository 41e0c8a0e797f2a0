"""Columns whose name says that they hold personal data."""

from __future__ import annotations

import re
import unicodedata

NAME = "names"
PHONE = "telephone numbers"
ID = "national or insurance numbers"
ADDRESS = "addresses"
EMAIL = "e-mail addresses"
BIRTH = "dates of birth"
RECORD = "hospital record numbers"

WHOSE = (
    "patient",
    "pt",
    "pat",
    "subject",
    "participant",
    "first",
    "last",
    "family",
    "given",
    "full",
    "middle",
    "maiden",
    "physician",
    "doctor",
    "dr",
    "surgeon",
    "investigator",
    "mother",
    "father",
    "spouse",
    "partner",
    "contact",
    "kin",
    "guardian",
    "relative",
)
# whole names of columns, without case, blanks, marks and accents
WORDS: dict[str, tuple[str, ...]] = {
    NAME: (
        "name",
        "names",
        "surname",
        "forename",
        "nickname",
        "initials",
        "nextofkin",
        "nachname",
        "vorname",
        "familienname",
        "nom",
        "prenom",
        "nomprenom",
        "apellido",
        "apellidos",
        "nombre",
        "nombres",
        "cognome",
        "nome",
        "naam",
        "achternaam",
        "voornaam",
        "namn",
        "efternamn",
        "imie",
        "nazwisko",
        "姓名",
        "名字",
        "患者姓名",
        "病人姓名",
        "患者名",
        "氏名",
        "이름",
        "성명",
        "фио",
        "фамилия",
    ),
    PHONE: (
        "phone",
        "telephone",
        "tel",
        "telno",
        "mobile",
        "cellphone",
        "fax",
        "whatsapp",
        "wechat",
        "handy",
        "telefon",
        "telefono",
        "telefoon",
        "电话",
        "手机",
        "手机号",
        "手机号码",
        "联系电话",
        "电话号码",
        "微信",
        "電話",
        "電話番号",
        "전화번호",
        "телефон",
    ),
    ID: (
        "ssn",
        "nhs",
        "nhsno",
        "nationalid",
        "nationalidentitynumber",
        "idcard",
        "idcardno",
        "idnumber",
        "identitycard",
        "passport",
        "passportno",
        "driverlicense",
        "driverslicense",
        "socialsecurity",
        "socialsecuritynumber",
        "taxid",
        "insuranceid",
        "aadhaar",
        "nric",
        "hkid",
        "cprnr",
        "personnummer",
        "fodselsnummer",
        "bsn",
        "dni",
        "cpf",
        "pesel",
        "codicefiscale",
        "versichertennummer",
        "krankenkassennummer",
        "身份证",
        "身份证号",
        "身份证号码",
        "医保号",
        "社保号",
        "证件号",
        "证件号码",
        "マイナンバー",
        "주민등록번호",
    ),
    ADDRESS: (
        "address",
        "addr",
        "street",
        "postcode",
        "postalcode",
        "zip",
        "zipcode",
        "postleitzahl",
        "plz",
        "strasse",
        "adresse",
        "anschrift",
        "direccion",
        "indirizzo",
        "adres",
        "latitude",
        "longitude",
        "地址",
        "住址",
        "家庭住址",
        "现住址",
        "户籍地址",
        "邮编",
        "住所",
        "주소",
        "адрес",
    ),
    EMAIL: ("email", "emailaddress", "mail", "邮箱", "电子邮箱", "电子邮件", "メール", "이메일"),
    BIRTH: (
        "dob",
        "brthdtc",
        "birth",
        "birthdate",
        "dateofbirth",
        "birthday",
        "birthdt",
        "brthdt",
        "geburtsdatum",
        "geboortedatum",
        "datenaissance",
        "datedenaissance",
        "fechanacimiento",
        "fechadenacimiento",
        "datadinascita",
        "fodelsedatum",
        "出生日期",
        "出生年月",
        "出生年月日",
        "生日",
        "生年月日",
        "생년월일",
        "датарождения",
    ),
    RECORD: (
        "mrn",
        "medicalrecordnumber",
        "medicalrecordno",
        "hospitalnumber",
        "hospitalno",
        "hospitalid",
        "admissionnumber",
        "admissionno",
        "chartnumber",
        "病案号",
        "住院号",
        "门诊号",
        "病历号",
        "登记号",
        "カルテ番号",
        "등록번호",
    ),
}
ENDINGS = {
    PHONE: ("phone", "telephone", "phonenumber", "telephonenumber", "mobilenumber", "phoneno"),
    ID: ("ssn", "nationalid", "nhsnumber", "passportnumber", "insurancenumber"),
    ADDRESS: ("homeaddress", "streetaddress", "postaladdress", "postcode", "zipcode"),
    EMAIL: ("email", "emailaddress"),
    BIRTH: ("dateofbirth", "birthdate", "dob", "birthday"),
    RECORD: ("mrn",),
}


def kind_by_name(column: str) -> str:
    """Give the kind of personal data that a column's name stands for; "" if none."""
    words = _words(column)
    joined = "".join(words)
    for kind, names in WORDS.items():
        if joined in names:
            return kind
    if words and words[-1] in ("name", "initials") and words[0] in WHOSE:
        return NAME
    if joined.removesuffix("name") in WHOSE and joined.endswith("name"):
        return NAME
    return next((kind for kind, ends in ENDINGS.items() if joined.endswith(ends)), "")


def _words(column: str) -> list[str]:
    """Split a name at marks and at capitals; accents are taken off."""
    flat = unicodedata.normalize("NFKD", column)
    flat = "".join(c for c in flat if not unicodedata.combining(c))
    flat = unicodedata.normalize("NFC", flat)
    parts = re.sub(r"([a-z])([A-Z])", r"\1 \2", flat)
    return re.findall(r"\w+", parts.replace("_", " ").lower())
