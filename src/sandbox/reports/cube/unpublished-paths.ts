/** The tenant tree where it goes beyond the published paths. */
export const TENANT_PATHS = ['tenant/year/month/day/mvpd/hour'];

export const MINUTE_PATHS = [
  'application-id/application',
  'channel/platform/application-id/application',
  'mvpd/platform/application-id/application',
].map((below) => `tenant/year/month/day/hour/minute/${below}`);

const TIMES = ['year', 'year/month', 'year/month/day', 'year/month/day/hour'];

/** Histograms that clients read and no page names, by hour as well (docs/adobe.md §8). */
export const CONCURRENCY_PATHS = [
  ...TIMES.flatMap((time) =>
    ['duration', 'duration/occurrences', 'occurrences'].map((levels) => `${time}/${levels}/tenant/mvpd`),
  ),
  ...['concurrency-level', 'activity-level'].map((level) => `year/month/day/hour/${level}/tenant/mvpd`),
];

const ESM_BELOW = [
  'proxy/mvpd/requestor-id',
  'requestor-id/platform/application-name/api',
  'requestor-id/mvpd/platform',
  'requestor-id/mvpd/event',
  'requestor-id/mvpd/reason',
  'requestor-id/channel/mvpd',
  'requestor-id/nsdk',
  'requestor-id/os-family/device',
  'requestor-id/event',
  'requestor-id/reason',
  'dc/requestor-id/mvpd',
];

/** A part of ESM's tree, by every granularity (docs/adobe.md §8). */
export const ESM_PATHS = [...TIMES, 'year/month/day/hour/minute'].flatMap((time) =>
  ESM_BELOW.map((below) => `media-company/${time}/${below}`),
);
