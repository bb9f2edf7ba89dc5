/** How we count: every rule and every limit, in plain words. */
export const counting = {
  title: 'How we count',
  intro: 'Every number here comes from one ledger of scans. These are its rules, and what it cannot know.',
  parts: [
    {
      title: 'A scan',
      rules: [
        'A scan is one answered request of a short address that you made. A second request is a second scan.',
        'It counts whatever it led to: a destination, a page, a link that has ended or is paused. The outcome tells which.',
        'Addresses that nobody made are no scans. They are counted apart, under Settings.',
        'Came by a code or by a link is told by the address: codes hold one of their own. A code copied by hand as a link counts as a link.',
      ],
    },
    {
      title: 'People and programs',
      rules: [
        'Numbers count people. Bots, link previews, uptime checks, browsers that fetch ahead, AI agents and your own team are kept apart, and “Everything” shows them.',
        'What something is, is judged from its request alone: user agent, headers, network. Each verdict has a reason, and both are kept.',
        'When the rules get better, scans of before can be judged by them, under Settings. Every number follows, the first verdict stays beside the new one and can be given back. Scans whose user agent is gone, after 30 days, mostly stay as they are. What was counted ever of a link never falls, webhooks are not told again, and a link’s limit has let through whom it has let through.',
        'A program that looks exactly like a phone counts as a person, and a person behind an odd browser may not. Nobody can do better from one request.',
        'Who asks not to be tracked (GPC or DNT) counts as a person, but not as a visitor, and neither as first nor as returning.',
      ],
    },
    {
      title: 'Visitors',
      rules: [
        'A visitor is an address and a user agent, hashed with a key that is destroyed after the day. Nobody can be followed from one day to the next.',
        'So visitors are counted once a UTC day and added: who comes on three days is three. Over a month this is more than the number of people.',
        'Your days begin at midnight in your zone, a visitor’s at midnight UTC: a visitor counts where its first scan of the UTC day lies. So days add up to weeks, and who came shortly before your midnight and again after it counts once, before.',
        'People behind one address with the same phone model are one visitor; one person on Wi-Fi and on mobile data is two.',
        'A link’s visitors are its own: who scans two of your links is a visitor of each, and one of the workspace.',
        'Visitors add up over time, devices, places and networks. By hour, source or link, one visitor may count in several rows.',
      ],
    },
    {
      title: 'First and returning',
      rules: [
        'A scan is a first visit or a return as far as the day’s memory reaches; links that ask for it keep a small flag in the browser that names nobody.',
        'These are scans, not people. Browsers drop such flags, and private windows have none.',
      ],
    },
    {
      title: 'Places and devices',
      rules: [
        'A place is what the provider of the address is registered with: the country is nearly always right, the city is the provider’s guess and can be the next large town.',
        'Beside its networks the overview counts the scans that came from shared networks, out of data centres (where VPNs end), through iCloud Private Relay’s networks, and with GPC or DNT.',
        'Mobile networks, VPNs and relays show the place where their network ends. Scans without a known place are in every total, as unknown.',
        'The address itself is never kept; of the place, only a point to the tenth of a degree.',
        'Devices and browsers are what they say they are. iPhones do not tell their model.',
        'An address that many different visitors use on one day, such as a carrier’s or a school’s, is marked as a shared network.',
      ],
    },
    {
      title: 'Time',
      rules: [
        'Days and hours are those of the workspace’s time zone. The day on which clocks change has 23 or 25 hours, and is shown so.',
        'Hours of the week are what the clock on the wall showed: a repeated hour holds both.',
        'On now are the people of the last five minutes, told apart as visitors are, counted from the live feed as scans come. Where more than 1,000 scans came in that time, until five minutes were heard, it is the server’s count of new visitors.',
        'The line of a chart is dashed at its end where the time is still running. A scan is in every number within a second.',
      ],
    },
    {
      title: 'Tags and folders',
      rules: [
        'They are those that a link has today, also for its scans of before.',
        'A link with two tags counts with each, so tags can add up to more than the total.',
      ],
    },
    {
      title: 'Funnels',
      rules: [
        'A scan counts once a step, however often it comes back. An answer that comes the next day counts for the scan that began it.',
        'Left here means: no later step was seen. A page that stays open is a page that was left, until it is answered.',
      ],
    },
    {
      title: 'How sure a rate is',
      rules: [
        'Shares of funnels carry an interval: point at one to see it. If many more people came like these, the share would lie within it 95 times in 100 (Wilson’s interval).',
        'Two rates whose intervals overlap widely are not proved to differ.',
        'Counts are counts, not estimates: nothing is sampled. If a file of the store is damaged, the answer says that it is not exact, and how many scans are missing.',
      ],
    },
    {
      title: 'What agrees',
      rules: [
        'For one range and one choice of filters, the total is the sum of the days, of each list, and of the rows of the scans themselves. Tests hold this for thousands of invented histories.',
        'The days before are as many whole days, up to the same time of day.',
      ],
    },
  ],
};
