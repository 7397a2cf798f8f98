import type { ESM_DIMENSIONS, SessionDimension } from '../reports/cube/dimensions.ts';
import { between, hashText, mix, unit, uuidOf } from './hash.ts';

/** What a channel shows; it decides when people watch and for how long. */
export const CATEGORIES = ['sports', 'news', 'entertainment', 'kids'] as const;
export type Category = (typeof CATEGORIES)[number];

export const DEVICES = ['tv', 'mobile', 'web'] as const;
export type Device = (typeof DEVICES)[number];

/** Hours by which the evenings of an MVPD's subscribers come later. */
export const ZONES = [0, 2] as const;
export type Zone = (typeof ZONES)[number];

/** The finest cell of the warehouse: sessions that differ in time alone. */
export interface Leaf extends Readonly<Record<SessionDimension, string>> {
  /** Who watches what, on what and where: it decides when and for how long. */
  readonly viewing: { readonly category: Category; readonly device: Device; readonly zone: Zone };
  /** Index into `Catalogue.mvpds`. */
  readonly mvpdIndex: number;
  /** Expected sessions on an average day, before growth. */
  readonly dailySessions: number;
  /** Noise that is this cell's own. */
  readonly hash: number;
}

export interface Mvpd {
  readonly name: string;
  /** Subscribers' sessions on an average day over all tenants. */
  readonly dailySessions: number;
}

export interface Catalogue {
  readonly tenants: readonly string[];
  readonly mvpds: readonly Mvpd[];
  readonly leaves: readonly Leaf[];
}

/** Programmers of the default data set. They are invented, as is everything else here. */
export const DEFAULT_TENANTS: readonly string[] = ['Northlight', 'HarborTV', 'SummitSports'];

/** Biggest first. The last ones have names that need escaping in URLs, XML and CSV, as some real ones do. */
const MVPDS: readonly { name: string; share: number; zone: Zone }[] = [
  { name: 'Cablenova', share: 0.27, zone: 0 },
  { name: 'StarDish', share: 0.19, zone: 2 },
  { name: 'FiberOne', share: 0.14, zone: 0 },
  { name: 'MetroLink', share: 0.1, zone: 0 },
  { name: 'OptiView', share: 0.08, zone: 2 },
  { name: 'PacificCable', share: 0.06, zone: 2 },
  { name: 'BlueRiver', share: 0.05, zone: 0 },
  { name: 'GreatLakes', share: 0.04, zone: 0 },
  { name: 'PrairieTelecom', share: 0.03, zone: 0 },
  { name: 'IslaCable', share: 0.02, zone: 2 },
  { name: 'Télénord', share: 0.012, zone: 0 },
  { name: 'Cable & Sons, Ltd', share: 0.008, zone: 0 },
];

const APPLICATIONS: readonly {
  suffix: string;
  device: Device;
  platforms: Readonly<Record<string, number>>;
}[] = [
  { suffix: 'Web', device: 'web', platforms: { Web: 0.18 } },
  { suffix: 'Mobile', device: 'mobile', platforms: { iOS: 0.17, Android: 0.15 } },
  {
    suffix: 'TV',
    device: 'tv',
    platforms: { Roku: 0.19, FireTV: 0.13, AppleTV: 0.09, AndroidTV: 0.06, Xbox: 0.03 },
  },
];

/** What ESM calls a platform. */
const ESM_PLATFORMS: Readonly<Record<string, { nsdk: string; os: string; device: string }>> = {
  Web: { nsdk: 'js', os: 'Windows', device: 'PC' },
  iOS: { nsdk: 'iOS', os: 'iOS', device: 'mobile' },
  Android: { nsdk: 'android', os: 'Android', device: 'mobile' },
  Roku: { nsdk: 'non-sdk', os: 'Roku OS', device: 'set-top box' },
  FireTV: { nsdk: 'fireTV', os: 'Android', device: 'set-top box' },
  AppleTV: { nsdk: 'tvOS', os: 'tvOS', device: 'set-top box' },
  AndroidTV: { nsdk: 'android', os: 'Android', device: 'TV' },
  Xbox: { nsdk: 'non-sdk', os: 'Windows', device: 'console' },
};

/** MVPDs from this one on are integrated through a proxy. */
const FIRST_PROXIED = 8;

interface Place {
  readonly tenant: string;
  readonly show: string;
  readonly application: string;
  readonly platform: string;
  readonly mvpd: { readonly zone: Zone };
  readonly mvpdIndex: number;
  readonly hash: number;
}

/** The same cell under the names that ESM has for it (docs/adobe.md §8). */
function entitlementNames(place: Place): Pick<Leaf, (typeof ESM_DIMENSIONS)[number]> {
  const { tenant, show, application, platform, mvpd, mvpdIndex, hash } = place;
  const { nsdk = 'non-sdk', os = 'Unknown', device = 'Unknown' } = ESM_PLATFORMS[platform] ?? {};
  const east = mvpd.zone === 0;
  return {
    'media-company': tenant,
    'requestor-id': `${tenant}-${show}`.toLowerCase(),
    proxy: mvpdIndex < FIRST_PROXIED ? 'Direct' : east ? 'ProxyEast' : 'ProxyWest',
    dc: east ? 'Virginia' : 'Oregon',
    api: unit(mix(hash, 9)) < 0.8 ? 'REST API V2' : 'SDK',
    nsdk,
    'os-family': os,
    device,
    'application-name': application,
  };
}

type Line = readonly { channel: string; category: Category; share: number }[];

/** Programmers differ in what they show; tenants take these in turn. `Unknown` is a session without channel metadata. */
const LINES: readonly Line[] = [
  [
    { channel: 'Prime', category: 'entertainment', share: 0.42 },
    { channel: 'Sports', category: 'sports', share: 0.24 },
    { channel: 'News', category: 'news', share: 0.2 },
    { channel: 'Kids', category: 'kids', share: 0.12 },
    { channel: 'Unknown', category: 'entertainment', share: 0.02 },
  ],
  [
    { channel: 'News24', category: 'news', share: 0.45 },
    { channel: 'Drama', category: 'entertainment', share: 0.33 },
    { channel: 'Junior', category: 'kids', share: 0.2 },
    { channel: 'Unknown', category: 'entertainment', share: 0.02 },
  ],
  [
    { channel: 'Live', category: 'sports', share: 0.52 },
    { channel: 'Extra', category: 'sports', share: 0.27 },
    { channel: 'Talk', category: 'news', share: 0.18 },
    { channel: 'Unknown', category: 'sports', share: 0.03 },
  ],
];

/** Sessions of the biggest tenant on an average day. */
const LARGEST_TENANT = 180_000;

/** One MVPD in twelve does not carry a given channel; the biggest carries all, so that no channel is empty. */
const carries = (hash: number, mvpdIndex: number): boolean => mvpdIndex === 0 || unit(hash) > 1 / 12;

/** Builds the data set's dimensions. The same seed and tenants give the same catalogue. */
export function buildCatalogue(seed: number, tenants: readonly string[]): Catalogue {
  const leaves: Leaf[] = [];
  tenants.forEach((tenant, tenantIndex) => {
    const line = LINES[tenantIndex % LINES.length] ?? [];
    const tenantSessions = LARGEST_TENANT / (1 + 0.8 * tenantIndex);
    for (const { suffix, device, platforms } of APPLICATIONS) {
      const application = `${tenant} ${suffix}`;
      const applicationId = uuidOf(seed, application);
      for (const [platform, platformShare] of Object.entries(platforms)) {
        for (const { channel: show, category, share } of line) {
          const channel = show === 'Unknown' ? show : `${tenant} ${show}`;
          MVPDS.forEach((mvpd, mvpdIndex) => {
            const place = mix(mix(seed, hashText(`${tenant}/${show}`)), hashText(mvpd.name));
            if (!carries(place, mvpdIndex)) return;
            const hash = mix(place, hashText(platform));
            const taste = between(mix(place, 1), 0.7, 1.3) * between(mix(hash, 2), 0.75, 1.25);
            leaves.push({
              tenant,
              application,
              'application-id': applicationId,
              channel,
              mvpd: mvpd.name,
              platform,
              ...entitlementNames({ tenant, show, application, platform, mvpd, mvpdIndex, hash }),
              viewing: { category, device, zone: mvpd.zone },
              mvpdIndex,
              dailySessions: tenantSessions * platformShare * share * mvpd.share * taste,
              hash,
            });
          });
        }
      }
    }
  });
  const mvpds = MVPDS.map(({ name }, index) => ({
    name,
    dailySessions: leaves
      .filter((leaf) => leaf.mvpdIndex === index)
      .reduce((sum, leaf) => sum + leaf.dailySessions, 0),
  }));
  return { tenants, mvpds, leaves };
}
