//! German.

use super::{Counted, Problems, Words};
use crate::closed::Closed;

pub(super) const WORDS: Words = Words {
    tag: "de",
    back: "Zurück",
    go_on: "Weiter",
    form: "Ein paar Fragen",
    send: "Absenden",
    skip: "Überspringen",
    optional: "freiwillig",
    choose: "Bitte auswählen",
    leave_empty: "Dieses Feld bitte leer lassen",
    lowest: "niedrigste Wertung",
    highest: "höchste Wertung",
    once_more: "Bitte sehen Sie Ihre Antworten noch einmal an und senden Sie sie dann.",
    faults: Counted {
        one: "Bitte eine Antwort noch einmal ansehen",
        other: "Bitte {n} Antworten noch einmal ansehen",
    },
    problems: Problems {
        missing: "Bitte ausfüllen.",
        choose_one: "Bitte eine Antwort auswählen.",
        consent: "Bitte das Kästchen ankreuzen, um fortzufahren.",
        email: "Bitte eine E-Mail-Adresse eingeben, etwa name@beispiel.de.",
        phone: "Bitte eine Telefonnummer eingeben, etwa +49 30 1234567.",
        number: "Bitte eine Zahl eingeben.",
        date: "Bitte ein Datum eingeben.",
        pattern: "Diese Antwort hat nicht die erwartete Form.",
        option: "Bitte eine der angebotenen Antworten auswählen.",
        too_long: Counted { one: "Bitte auf ein Zeichen kürzen.", other: "Bitte auf {n} Zeichen kürzen." },
    },
    protected: "Diese Seite ist geschützt",
    password: "Passwort",
    wrong_password: "Das Passwort stimmt nicht. Bitte noch einmal versuchen.",
    busy: Counted {
        one: "Zu viele Versuche. Bitte eine Sekunde warten und noch einmal versuchen.",
        other: "Zu viele Versuche. Bitte {n} Sekunden warten und noch einmal versuchen.",
    },
    moving_on: Counted { one: "In einer Sekunde geht es weiter.", other: "In {n} Sekunden geht es weiter." },
    now: "Jetzt weiter",
    contact: "Kontakt",
    save_contact: "Kontakt speichern",
    call: "Anrufen",
    sms: "SMS",
    mail: "E-Mail",
    map: "Karte",
    web: "Website",
    phone: "Telefon",
    address: "Adresse",
    links: "Unsere Links",
    elsewhere: "Anderswo",
    about: "Über diesen Code",
    leads_to: "Er führt zu",
    depends: "Wohin er führt, entscheidet sich beim Öffnen.",
    uncounted: "Diese Seite wird nicht gezählt. Das Öffnen des Codes wird es.",
    open: "Öffnen",
};

pub(super) const fn closed(which: Closed) -> (&'static str, &'static str) {
    match which {
        Closed::Unknown => (
            "Hier ist nichts",
            "Dieser Code oder Link ist nicht bekannt. Wurde er vollständig eingegeben oder gescannt?",
        ),
        Closed::Ended => {
            ("Dieser Code ist beendet", "Wer ihn veröffentlicht hat, hat ihn außer Betrieb genommen.")
        }
        Closed::Limited => (
            "Dieser Code ist aufgebraucht",
            "Er galt für eine begrenzte Zahl von Scans, und die sind erreicht.",
        ),
        Closed::Paused => ("Dieser Code pausiert", "Bitte später noch einmal versuchen."),
        Closed::NotStarted => {
            ("Noch nicht", "Dieser Code ist noch nicht gestartet. Bitte später noch einmal versuchen.")
        }
        Closed::Nowhere => {
            ("Hier ist noch nichts", "Dieser Code hat zurzeit kein Ziel. Bitte später noch einmal versuchen.")
        }
        Closed::TooMany => {
            ("Einen Moment", "Von hier kamen zu viele Anfragen. Bitte in einer Minute noch einmal versuchen.")
        }
        Closed::Expired => (
            "Bitte den Code noch einmal scannen",
            "Diese Seite war zu lange offen und gilt nicht mehr. Ein neuer Scan fängt von vorn an.",
        ),
        Closed::Gone => (
            "Diese Datei ist nicht verfügbar",
            "Wer sie veröffentlicht hat, hat sie entfernt oder tauscht sie gerade aus.",
        ),
        Closed::Answered => ("Ihre Antworten sind da", "Hier ist nichts weiter zu tun."),
        Closed::Done => ("Alles erledigt", "Diese Seite kann geschlossen werden."),
    }
}
