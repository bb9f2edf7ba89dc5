//! What simulated workspaces do for a living, and how their codes are scanned: by hour, weekday and place.

/// Where the visitors of a trade's links come from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The workspace's own country.
    Country,
    /// One city of its country for each link.
    Cities,
    /// Everywhere; this share in percent is from its own country.
    World(u8),
}

/// A trade.
pub struct Trade {
    /// First words of workspace names.
    pub names: &'static [&'static str],
    /// Last words of workspace names.
    pub kinds: &'static [&'static str],
    /// Names of its first links.
    pub links: &'static [&'static str],
    /// What the further links are called, followed by a number; with [`Reach::Cities`] by the city and a number.
    pub series: &'static str,
    /// Where its links lead; the link's number is added.
    pub site: &'static str,
    /// Tags of its links.
    pub tags: &'static [&'static str],
    /// Weight of each local hour.
    pub hours: [u8; 24],
    /// Weight of each weekday, Monday first.
    pub weekdays: [u8; 7],
    /// Percent of visits through the printed code; the others follow the link.
    pub codes: u8,
    /// Where visitors come from.
    pub reach: Reach,
    /// Parameter that each code carries with its number; empty: none.
    pub parameter: &'static str,
    /// `utm_medium` of its codes.
    pub medium: &'static str,
}

/// All trades.
pub const TRADES: &[Trade] = &[
    Trade {
        names: &[
            "Krone", "Luna", "Olive", "Harbour", "Linden", "Saffron", "Copper", "Juniper", "Anchor", "Fig",
        ],
        kinds: &["Kitchen", "Bistro", "Trattoria", "Gasthof", "Café", "Brasserie", "Tavern", "Canteen"],
        links: &["Menu at the door", "Wine list", "Book a table", "Delivery boxes", "Leave a review"],
        series: "Table",
        site: "https://www.example.com/menu",
        tags: &["indoors", "terrace"],
        hours: [2, 1, 0, 0, 0, 1, 4, 10, 14, 14, 18, 48, 100, 82, 34, 22, 24, 40, 74, 92, 76, 46, 20, 7],
        weekdays: [60, 66, 74, 82, 108, 118, 84],
        codes: 92,
        reach: Reach::Country,
        parameter: "table",
        medium: "table-tent",
    },
    Trade {
        names: &[
            "Alpine", "Kestrel", "Nordic", "Bright", "Meridian", "Oakwood", "Pioneer", "Silver", "Tern",
            "Vela",
        ],
        kinds: &[
            "Coffee Machines",
            "Bicycles",
            "Tools",
            "Lamps",
            "Headphones",
            "Furniture",
            "Toys",
            "Garden",
        ],
        links: &["How-to", "Spare parts", "Register your warranty", "Support", "Recycling"],
        series: "Box insert",
        site: "https://www.example.com/products",
        tags: &["packaging", "manual"],
        hours: [8, 4, 3, 2, 2, 4, 12, 24, 36, 48, 56, 58, 56, 54, 54, 56, 62, 74, 88, 98, 100, 82, 48, 20],
        weekdays: [84, 84, 86, 90, 96, 124, 112],
        codes: 86,
        reach: Reach::World(38),
        parameter: "batch",
        medium: "packaging",
    },
    Trade {
        names: &[
            "Nightfall",
            "Paper Boats",
            "The Loud Quiet",
            "Velvet",
            "Northern",
            "Echo",
            "Tidal",
            "Marlow",
        ],
        kinds: &["Tour", "Festival", "Live", "Club Nights", "Comedy", "Orchestra"],
        links: &["Tickets", "Set times", "Merchandise"],
        series: "Poster",
        site: "https://www.example.com/tour",
        tags: &["poster", "street"],
        hours: [14, 7, 3, 2, 2, 4, 14, 34, 46, 40, 40, 46, 54, 54, 54, 60, 74, 94, 100, 92, 84, 70, 48, 26],
        weekdays: [74, 76, 82, 94, 124, 136, 82],
        codes: 80,
        reach: Reach::Cities,
        parameter: "",
        medium: "poster",
    },
    Trade {
        names: &["City", "Maritime", "Railway", "Natural History", "Modern", "Glass", "Textile", "Toy"],
        kinds: &["Museum", "Gallery", "Collection", "Archive"],
        links: &["Audio guide", "Floor plan", "Membership"],
        series: "Exhibit",
        site: "https://www.example.com/exhibits",
        tags: &["ground floor", "upper floor"],
        hours: [0, 0, 0, 0, 0, 0, 1, 2, 8, 34, 82, 98, 84, 92, 100, 96, 76, 36, 12, 6, 4, 2, 1, 0],
        weekdays: [12, 72, 80, 86, 90, 156, 150],
        codes: 96,
        reach: Reach::Country,
        parameter: "room",
        medium: "label",
    },
    Trade {
        names: &[
            "Corner",
            "Green",
            "Blue Door",
            "Market Street",
            "Old Mill",
            "Sunday",
            "Riverside",
            "Parcel",
        ],
        kinds: &["Books", "Flowers", "Records", "Grocers", "Pharmacy", "Outfitters", "Bakery"],
        links: &["Shop window", "Opening hours", "Loyalty card", "Instagram bio", "Receipt"],
        series: "Shelf",
        site: "https://www.example.com/shop",
        tags: &["window", "shelf"],
        hours: [3, 1, 1, 0, 0, 1, 5, 18, 40, 62, 84, 92, 88, 78, 74, 80, 92, 100, 86, 48, 30, 22, 12, 6],
        weekdays: [88, 90, 90, 96, 110, 146, 38],
        codes: 66,
        reach: Reach::Country,
        parameter: "",
        medium: "window",
    },
    Trade {
        names: &["Field", "Harvest", "Atlas", "Lantern", "Compass", "Beacon", "Signal", "Ledger"],
        kinds: &["Magazine", "Letters", "Weekly", "Review", "Almanac"],
        links: &["Subscribe", "Back page", "Letters to the editor", "Podcast"],
        series: "Article",
        site: "https://www.example.com/read",
        tags: &["print", "newsletter"],
        hours: [10, 5, 3, 2, 4, 16, 48, 84, 92, 78, 68, 62, 66, 58, 52, 50, 52, 58, 66, 80, 100, 92, 58, 26],
        weekdays: [112, 98, 96, 96, 92, 98, 108],
        codes: 48,
        reach: Reach::World(70),
        parameter: "",
        medium: "print",
    },
];

/// Cities that posters hang in: country, and the city's name as geo files have it.
pub const CITIES: &[(&str, &[&str])] = &[
    ("DE", &["Berlin", "Hamburg", "Munich", "Cologne", "Leipzig", "Frankfurt am Main", "Stuttgart"]),
    ("CH", &["Zurich", "Geneva", "Basel", "Bern", "Lausanne", "Lucerne"]),
    ("AT", &["Vienna", "Graz", "Linz", "Salzburg", "Innsbruck"]),
    ("FR", &["Paris", "Lyon", "Marseille", "Toulouse", "Bordeaux", "Nantes", "Lille"]),
    ("GB", &["London", "Manchester", "Birmingham", "Glasgow", "Leeds", "Bristol"]),
    ("US", &["New York", "Chicago", "Los Angeles", "Seattle", "Austin", "Boston", "Denver"]),
    ("NL", &["Amsterdam", "Rotterdam", "Utrecht", "The Hague", "Eindhoven"]),
    ("IT", &["Milan", "Rome", "Turin", "Bologna", "Naples", "Florence"]),
    ("ES", &["Madrid", "Barcelona", "Valencia", "Seville", "Bilbao"]),
    ("SE", &["Stockholm", "Gothenburg", "Malmo", "Uppsala"]),
    ("JP", &["Tokyo", "Osaka", "Kyoto", "Nagoya", "Fukuoka", "Sapporo"]),
    ("BR", &["São Paulo", "Rio de Janeiro", "Belo Horizonte", "Curitiba", "Porto Alegre"]),
    ("CA", &["Toronto", "Montreal", "Vancouver", "Calgary", "Ottawa"]),
    ("AU", &["Sydney", "Melbourne", "Brisbane", "Perth", "Adelaide"]),
];
