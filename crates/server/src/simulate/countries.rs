//! Where simulated people live: rounded numbers of people online, their clocks and their languages.

/// A country.
pub struct Country {
    /// ISO 3166-1 alpha-2.
    pub code: &'static str,
    /// People online, in hundred thousands, rounded.
    pub online: u32,
    /// Hours that its clocks are ahead of UTC, in winter, where most people live.
    pub utc_offset: i8,
    /// Zone of its largest city.
    pub timezone: &'static str,
    /// `Accept-Language` of its people, most common first.
    pub languages: &'static [&'static str],
    /// Whether simulated workspaces are at home here.
    pub home: bool,
}

const fn country(
    code: &'static str,
    online: u32,
    utc_offset: i8,
    timezone: &'static str,
    languages: &'static [&'static str],
) -> Country {
    Country { code, online, utc_offset, timezone, languages, home: false }
}

const fn home(
    code: &'static str,
    online: u32,
    utc_offset: i8,
    timezone: &'static str,
    languages: &'static [&'static str],
) -> Country {
    Country { code, online, utc_offset, timezone, languages, home: true }
}

/// The countries most of the world's internet users live in, and the rest of western Europe.
pub const COUNTRIES: &[Country] = &[
    home(
        "DE",
        780,
        1,
        "Europe/Berlin",
        &["de-DE,de;q=0.9,en;q=0.8", "de-DE", "en-US,en;q=0.9,de;q=0.8", "tr"],
    ),
    home(
        "CH",
        86,
        1,
        "Europe/Zurich",
        &["de-CH,de;q=0.9,en;q=0.8", "fr-CH,fr;q=0.9", "it-CH,it;q=0.9", "en-GB"],
    ),
    home("AT", 86, 1, "Europe/Vienna", &["de-AT,de;q=0.9,en;q=0.8", "de-DE", "en-US,en;q=0.9"]),
    home("FR", 600, 1, "Europe/Paris", &["fr-FR,fr;q=0.9,en;q=0.8", "fr-FR", "en-GB,en;q=0.9"]),
    home("GB", 660, 0, "Europe/London", &["en-GB,en;q=0.9", "en-GB", "pl-PL,pl;q=0.9,en;q=0.8"]),
    home("US", 3100, -6, "America/New_York", &["en-US,en;q=0.9", "en-US", "es-US,es;q=0.9,en;q=0.8"]),
    home("NL", 172, 1, "Europe/Amsterdam", &["nl-NL,nl;q=0.9,en;q=0.8", "en-NL,en;q=0.9"]),
    home("IT", 510, 1, "Europe/Rome", &["it-IT,it;q=0.9,en;q=0.8", "it-IT"]),
    home("ES", 450, 1, "Europe/Madrid", &["es-ES,es;q=0.9,en;q=0.8", "ca-ES,ca;q=0.9,es;q=0.8"]),
    home("SE", 102, 1, "Europe/Stockholm", &["sv-SE,sv;q=0.9,en;q=0.8", "en-SE,en;q=0.9"]),
    home("JP", 1050, 9, "Asia/Tokyo", &["ja-JP,ja;q=0.9,en;q=0.8", "ja"]),
    home("BR", 1850, -3, "America/Sao_Paulo", &["pt-BR,pt;q=0.9,en;q=0.8", "pt-BR"]),
    home("CA", 365, -5, "America/Toronto", &["en-CA,en;q=0.9", "fr-CA,fr;q=0.9,en;q=0.8"]),
    home("AU", 245, 10, "Australia/Sydney", &["en-AU,en;q=0.9", "zh-CN,zh;q=0.9,en;q=0.8"]),
    country("CN", 10500, 8, "Asia/Shanghai", &["zh-CN,zh;q=0.9", "zh-CN,zh;q=0.9,en;q=0.8"]),
    country("IN", 8800, 5, "Asia/Kolkata", &["en-IN,en;q=0.9,hi;q=0.8", "hi-IN,hi;q=0.9", "en-US,en;q=0.9"]),
    country("ID", 2150, 7, "Asia/Jakarta", &["id-ID,id;q=0.9,en;q=0.8"]),
    country("RU", 1250, 3, "Europe/Moscow", &["ru-RU,ru;q=0.9,en;q=0.8"]),
    country("NG", 1100, 1, "Africa/Lagos", &["en-NG,en;q=0.9", "en-GB,en;q=0.9"]),
    country("MX", 1050, -6, "America/Mexico_City", &["es-MX,es;q=0.9,en;q=0.8", "es-419,es;q=0.9"]),
    country("PK", 1000, 5, "Asia/Karachi", &["en-US,en;q=0.9,ur;q=0.8"]),
    country("PH", 850, 8, "Asia/Manila", &["en-PH,en;q=0.9,fil;q=0.8"]),
    country("EG", 800, 2, "Africa/Cairo", &["ar-EG,ar;q=0.9,en;q=0.8"]),
    country("VN", 780, 7, "Asia/Ho_Chi_Minh", &["vi-VN,vi;q=0.9,en;q=0.8"]),
    country("BD", 750, 6, "Asia/Dhaka", &["bn-BD,bn;q=0.9,en;q=0.8"]),
    country("TR", 740, 3, "Europe/Istanbul", &["tr-TR,tr;q=0.9,en;q=0.8"]),
    country("TH", 630, 7, "Asia/Bangkok", &["th-TH,th;q=0.9,en;q=0.8"]),
    country("KR", 500, 9, "Asia/Seoul", &["ko-KR,ko;q=0.9,en;q=0.8"]),
    country("ZA", 450, 2, "Africa/Johannesburg", &["en-ZA,en;q=0.9", "af-ZA,af;q=0.9,en;q=0.8"]),
    country("AR", 400, -3, "America/Argentina/Buenos_Aires", &["es-AR,es;q=0.9,en;q=0.8"]),
    country("CO", 390, -5, "America/Bogota", &["es-CO,es;q=0.9,en;q=0.8"]),
    country("SA", 360, 3, "Asia/Riyadh", &["ar-SA,ar;q=0.9,en;q=0.8"]),
    country("PL", 340, 1, "Europe/Warsaw", &["pl-PL,pl;q=0.9,en;q=0.8"]),
    country("MY", 330, 8, "Asia/Kuala_Lumpur", &["ms-MY,ms;q=0.9,en;q=0.8", "en-MY,en;q=0.9"]),
    country("UA", 300, 2, "Europe/Kyiv", &["uk-UA,uk;q=0.9,en;q=0.8"]),
    country("TW", 215, 8, "Asia/Taipei", &["zh-TW,zh;q=0.9,en;q=0.8"]),
    country("CL", 175, -4, "America/Santiago", &["es-CL,es;q=0.9,en;q=0.8"]),
    country("RO", 170, 2, "Europe/Bucharest", &["ro-RO,ro;q=0.9,en;q=0.8"]),
    country("BE", 110, 1, "Europe/Brussels", &["nl-BE,nl;q=0.9,en;q=0.8", "fr-BE,fr;q=0.9,en;q=0.8"]),
    country("AE", 95, 4, "Asia/Dubai", &["ar-AE,ar;q=0.9,en;q=0.8", "en-AE,en;q=0.9"]),
    country("CZ", 95, 1, "Europe/Prague", &["cs-CZ,cs;q=0.9,en;q=0.8"]),
    country("PT", 87, 0, "Europe/Lisbon", &["pt-PT,pt;q=0.9,en;q=0.8"]),
    country("GR", 86, 2, "Europe/Athens", &["el-GR,el;q=0.9,en;q=0.8"]),
    country("IL", 85, 2, "Asia/Jerusalem", &["he-IL,he;q=0.9,en;q=0.8"]),
    country("DK", 58, 1, "Europe/Copenhagen", &["da-DK,da;q=0.9,en;q=0.8"]),
    country("SG", 56, 8, "Asia/Singapore", &["en-SG,en;q=0.9,zh;q=0.8"]),
    country("FI", 54, 2, "Europe/Helsinki", &["fi-FI,fi;q=0.9,en;q=0.8"]),
    country("NO", 53, 1, "Europe/Oslo", &["nb-NO,nb;q=0.9,en;q=0.8"]),
    country("IE", 50, 0, "Europe/Dublin", &["en-IE,en;q=0.9"]),
    country("NZ", 49, 12, "Pacific/Auckland", &["en-NZ,en;q=0.9"]),
];
