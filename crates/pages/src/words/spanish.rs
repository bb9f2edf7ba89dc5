//! Spanish.

use super::{Counted, Problems, Words};
use crate::closed::Closed;

pub(super) const WORDS: Words = Words {
    tag: "es",
    back: "Atrás",
    go_on: "Continuar",
    form: "Unas preguntas",
    send: "Enviar",
    skip: "Omitir",
    optional: "opcional",
    choose: "Elige una opción",
    leave_empty: "Deja este campo vacío",
    lowest: "la nota más baja",
    highest: "la nota más alta",
    once_more: "Revise sus respuestas y envíelas de nuevo.",
    faults: Counted { one: "Hay una respuesta por revisar", other: "Hay {n} respuestas por revisar" },
    problems: Problems {
        missing: "Rellena este campo.",
        choose_one: "Elige una respuesta.",
        consent: "Marca la casilla para continuar.",
        email: "Escribe un correo electrónico, por ejemplo nombre@ejemplo.es.",
        phone: "Escribe un número de teléfono, por ejemplo +34 912 34 56 78.",
        number: "Escribe un número.",
        date: "Escribe una fecha.",
        pattern: "Esta respuesta no tiene el formato esperado.",
        option: "Elige una de las respuestas ofrecidas.",
        too_long: Counted { one: "Acórtalo a un carácter.", other: "Acórtalo a {n} caracteres." },
    },
    protected: "Esta página está protegida",
    password: "Contraseña",
    wrong_password: "La contraseña no es correcta. Vuelve a intentarlo.",
    busy: Counted {
        one: "Demasiados intentos. Espera un segundo y vuelve a intentarlo.",
        other: "Demasiados intentos. Espera {n} segundos y vuelve a intentarlo.",
    },
    moving_on: Counted { one: "Continuarás en un segundo.", other: "Continuarás en {n} segundos." },
    now: "Continuar ahora",
    contact: "Contacto",
    save_contact: "Guardar contacto",
    call: "Llamar",
    sms: "SMS",
    mail: "Correo",
    map: "Mapa",
    web: "Sitio web",
    phone: "Teléfono",
    address: "Dirección",
    links: "Nuestros enlaces",
    elsewhere: "En otros sitios",
    about: "Acerca de este código",
    leads_to: "Lleva a",
    depends: "El destino se decide al abrirlo.",
    uncounted: "Esta página no se cuenta. Abrir el código, sí.",
    open: "Abrir",
};

pub(super) const fn closed(which: Closed) -> (&'static str, &'static str) {
    match which {
        Closed::Unknown => (
            "Aquí no hay nada",
            "Este código o enlace no se conoce. Comprueba que se haya escrito o escaneado entero.",
        ),
        Closed::Ended => ("Este código ha terminado", "Su propietario lo ha retirado."),
        Closed::Limited => (
            "Este código se ha agotado",
            "Valía para un número limitado de escaneos y ya se han hecho todos.",
        ),
        Closed::Paused => ("Este código está en pausa", "Vuelve a intentarlo más tarde."),
        Closed::NotStarted => {
            ("Todavía no", "Este código aún no está activo. Vuelve a intentarlo más tarde.")
        }
        Closed::Nowhere => {
            ("Aquí aún no hay nada", "Este código no tiene destino por ahora. Vuelve a intentarlo más tarde.")
        }
        Closed::TooMany => (
            "Un momento",
            "Desde aquí han llegado demasiadas peticiones. Vuelve a intentarlo dentro de un minuto.",
        ),
        Closed::Expired => (
            "Vuelve a escanear el código",
            "Esta página ha estado abierta demasiado tiempo y ya no es válida. Un nuevo escaneo empieza de cero.",
        ),
        Closed::Gone => {
            ("Este archivo no está disponible", "Su propietario lo ha retirado o lo está sustituyendo.")
        }
        Closed::Answered => ("Ya tenemos tus respuestas", "No tienes que hacer nada más aquí."),
        Closed::Done => ("Todo listo", "Puedes cerrar esta página."),
    }
}
