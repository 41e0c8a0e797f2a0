"""Who a DICOM file says the patient is: the tags that must be empty before a picture is used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset

# Texts and numbers that point to a person, a visit or a place: from the attributes that the basic
# confidentiality profile of DICOM PS3.15 (table E.1-1) removes or empties. Names of people and
# dates are found by their kind (PN; DA, DT), whatever the tag.
IDENTIFYING = frozenset(
    {
        "AccessionNumber",
        "AdmissionID",
        "AdditionalPatientHistory",
        "CountryOfResidence",
        "CurrentPatientLocation",
        "DeviceSerialNumber",
        "EthnicGroup",
        "FillerOrderNumberProcedure",
        "ImageComments",
        "InstitutionAddress",
        "InstitutionName",
        "InstitutionalDepartmentName",
        "IssuerOfPatientID",
        "MedicalRecordLocator",
        "MilitaryRank",
        "Occupation",
        "OtherPatientIDs",
        "PatientAddress",
        "PatientComments",
        "PatientID",
        "PatientInstitutionResidence",
        "PatientInsurancePlanCodeSequence",
        "PatientReligiousPreference",
        "PatientTelephoneNumbers",
        "PatientTelecomInformation",
        "PlacerOrderNumberProcedure",
        "RegionOfResidence",
        "RequestAttributesSequence",
        "RequestingService",
        "ReferringPhysicianAddress",
        "ReferringPhysicianTelephoneNumbers",
        "ServiceEpisodeID",
        "StationName",
        "StudyID",
        "StudyComments",
        "VisitComments",
    }
)
PLACEHOLDERS = frozenset(
    {
        "anon",
        "anonymous",
        "anonymised",
        "anonymized",
        "deidentified",
        "removed",
        "none",
        "unknown",
        "nobody",
        "phantom",
    }
)
SHIFTED = ("MODIFIED", "REMOVED")


def identifying(dataset: Dataset) -> list[str]:
    """Give the names of the tags that identify somebody, sorted; nested sequences are searched.

    Refused are names of people, dates (unless LongitudinalTemporalInformationModified says that
    they were moved or removed), the tags of `IDENTIFYING`, private tags, whose meaning only the
    maker knows, and pictures whose own header says that names are burned into them. A value such
    as "Anonymous" names nobody. Unique identifiers (UID) are not looked at: the file format needs
    them, and nothing of a file but its picture leaves the study folder.
    """
    moved = str(dataset.get("LongitudinalTemporalInformationModified", "")).upper() in SHIFTED
    found = {name for element in dataset.iterall() for name in _named(element, moved)}
    if str(dataset.get("BurnedInAnnotation", "")).upper() == "YES":
        found.add("BurnedInAnnotation")
    return sorted(found)


def _named(element: DataElement, dates_moved: bool) -> Iterator[str]:
    if element.tag.is_private:
        yield "private tags"
        return
    name = element.keyword or str(element.tag)
    dated = element.VR in ("DA", "DT") and not dates_moved
    suspect = element.VR == "PN" or dated or name in IDENTIFYING
    if suspect and not _empty(element):
        yield name


def _empty(element: DataElement) -> bool:
    if element.VR == "SQ":
        return not element.value
    values = element.value if element.VM > 1 else [element.value]
    return all(_says_nothing(str(value or "")) for value in values)


def _says_nothing(text: str) -> bool:
    letters = "".join(letter for letter in text.lower() if letter.isalnum())
    return not letters or letters in PLACEHOLDERS
