/** The report paths that Adobe publishes for CMU (docs/adobe.md), put together from their parts. */

const APPLICATIONS = ['', '/application-id', '/application-id/application'];
const BY_PLATFORM = ['/platform/application-id', '/platform/application-id/application'];
const BY_MVPD = ['', '/tenant', '/tenant/application-id', '/tenant/application-id/application/platform'];

const below = (path: string, tails: readonly string[]): string[] => tails.map((tail) => path + tail);

const monthsAndDays = ['year/month', 'year/month/day'];
const times = [...monthsAndDays, 'year/month/day/hour'];

/** Without the prefix; each once. */
export const PUBLISHED_PATHS: readonly string[] = [
  ...times.flatMap((time) => below(`${time}/mvpd`, BY_MVPD)),
  ...times.flatMap((time) => [
    ...below(`tenant/${time}`, APPLICATIONS),
    ...below(`tenant/${time}/mvpd`, BY_PLATFORM),
    ...below(`tenant/${time}/channel`, BY_PLATFORM),
    `mvpd/${time}`,
    `mvpd/${time}/tenant`,
  ]),
  ...['year/month/day', 'year/month/day/hour'].flatMap((time) => [
    ...below(`${time}/tenant`, BY_PLATFORM),
    ...below(`${time}/tenant/channel`, BY_PLATFORM),
    `${time}/tenant/mvpd/platform/application-id`,
  ]),
  'year/month/day/tenant/mvpd/platform/application-id/application',
  'year/month/day/hour/tenant/application-id',
  'year/month/day/hour/tenant/application-id/application/platform',
  ...monthsAndDays.flatMap((time) =>
    ['concurrency-level', 'activity-level'].flatMap((level) =>
      below(`${time}/${level}`, ['', '/tenant', '/tenant/mvpd']),
    ),
  ),
];
