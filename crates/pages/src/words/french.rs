//! French.

use super::{Counted, Problems, Words};
use crate::closed::Closed;

pub(super) const WORDS: Words = Words {
    tag: "fr",
    back: "Retour",
    go_on: "Continuer",
    form: "Quelques questions",
    send: "Envoyer",
    skip: "Passer",
    optional: "facultatif",
    choose: "Veuillez choisir",
    leave_empty: "Laissez ce champ vide",
    lowest: "note la plus basse",
    highest: "note la plus haute",
    once_more: "Relisez vos réponses, puis envoyez-les.",
    faults: Counted { one: "Une réponse est à revoir", other: "{n} réponses sont à revoir" },
    problems: Problems {
        missing: "Veuillez remplir ce champ.",
        choose_one: "Veuillez choisir une réponse.",
        consent: "Veuillez cocher la case pour continuer.",
        email: "Veuillez saisir une adresse e-mail, par exemple nom@exemple.fr.",
        phone: "Veuillez saisir un numéro de téléphone, par exemple +33 1 23 45 67 89.",
        number: "Veuillez saisir un nombre.",
        date: "Veuillez saisir une date.",
        pattern: "Cette réponse n’a pas la forme attendue.",
        option: "Veuillez choisir l’une des réponses proposées.",
        too_long: Counted {
            one: "Veuillez raccourcir à un caractère.",
            other: "Veuillez raccourcir à {n} caractères.",
        },
    },
    protected: "Cette page est protégée",
    password: "Mot de passe",
    wrong_password: "Ce mot de passe n’est pas le bon. Veuillez réessayer.",
    busy: Counted {
        one: "Trop d’essais. Veuillez patienter une seconde avant de réessayer.",
        other: "Trop d’essais. Veuillez patienter {n} secondes avant de réessayer.",
    },
    moving_on: Counted {
        one: "La suite s’affichera dans une seconde.",
        other: "La suite s’affichera dans {n} secondes.",
    },
    now: "Continuer maintenant",
    contact: "Contact",
    save_contact: "Enregistrer le contact",
    call: "Appeler",
    sms: "SMS",
    mail: "E-mail",
    map: "Plan",
    web: "Site web",
    phone: "Téléphone",
    address: "Adresse",
    links: "Nos liens",
    elsewhere: "Ailleurs",
    about: "À propos de ce code",
    leads_to: "Il mène à",
    depends: "Sa destination est choisie au moment de l’ouverture.",
    uncounted: "Cette page n’est pas comptée. L’ouverture du code l’est.",
    open: "Ouvrir",
};

pub(super) const fn closed(which: Closed) -> (&'static str, &'static str) {
    match which {
        Closed::Unknown => {
            ("Rien ici", "Ce code ou ce lien est inconnu. Vérifiez qu’il a été saisi ou scanné en entier.")
        }
        Closed::Ended => ("Ce code n’est plus actif", "Son propriétaire l’a mis hors service."),
        Closed::Limited => {
            ("Ce code est épuisé", "Il valait pour un nombre limité de scans, qui est maintenant atteint.")
        }
        Closed::Paused => ("Ce code est en pause", "Veuillez réessayer plus tard."),
        Closed::NotStarted => ("Pas encore", "Ce code n’est pas encore actif. Veuillez réessayer plus tard."),
        Closed::Nowhere => (
            "Rien ici pour l’instant",
            "Ce code n’a pas de destination en ce moment. Veuillez réessayer plus tard.",
        ),
        Closed::TooMany => {
            ("Un instant", "Trop de requêtes sont venues d’ici. Veuillez réessayer dans une minute.")
        }
        Closed::Expired => (
            "Veuillez scanner le code à nouveau",
            "Cette page est restée ouverte trop longtemps pour être encore valable. Un nouveau scan reprend au début.",
        ),
        Closed::Gone => (
            "Ce fichier n’est pas disponible",
            "Son propriétaire l’a retiré ou est en train de le remplacer.",
        ),
        Closed::Answered => ("Nous avons vos réponses", "Vous n’avez plus rien à faire ici."),
        Closed::Done => ("C’est terminé", "Vous pouvez fermer cette page."),
    }
}
