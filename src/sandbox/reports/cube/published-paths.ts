import type { MetricSet } from './metrics.ts';

/** A report path that Adobe publishes, relative to the API's root, and the metrics that it answers. */
export interface PublishedPath {
  readonly path: string;
  readonly metrics: MetricSet;
}

const SESSIONS = [
  'year/month/mvpd',
  'year/month/mvpd/tenant',
  'year/month/mvpd/tenant/application-id',
  'year/month/mvpd/tenant/application-id/application/platform',
  'year/month/day/tenant/mvpd/platform/application-id',
  'year/month/day/tenant/mvpd/platform/application-id/application',
  'year/month/day/tenant/platform/application-id',
  'year/month/day/tenant/platform/application-id/application',
  'year/month/day/tenant/channel/platform/application-id',
  'year/month/day/tenant/channel/platform/application-id/application',
  'year/month/day/mvpd',
  'year/month/day/mvpd/tenant',
  'year/month/day/mvpd/tenant/application-id',
  'year/month/day/mvpd/tenant/application-id/application/platform',
  'year/month/day/hour/tenant/application-id',
  'year/month/day/hour/tenant/application-id/application/platform',
  'year/month/day/hour/tenant/mvpd/platform/application-id',
  'year/month/day/hour/tenant/platform/application-id/application',
  'year/month/day/hour/tenant/platform/application-id',
  'year/month/day/hour/tenant/channel/platform/application-id',
  'year/month/day/hour/tenant/channel/platform/application-id/application',
  'year/month/day/hour/mvpd',
  'year/month/day/hour/mvpd/tenant',
  'year/month/day/hour/mvpd/tenant/application-id',
  'year/month/day/hour/mvpd/tenant/application-id/application/platform',
];

const SESSIONS_AND_DURATIONS = [
  'tenant/year/month',
  'tenant/year/month/application-id',
  'tenant/year/month/application-id/application',
  'tenant/year/month/mvpd/platform/application-id',
  'tenant/year/month/mvpd/platform/application-id/application',
  'tenant/year/month/channel/platform/application-id',
  'tenant/year/month/channel/platform/application-id/application',
  'mvpd/year/month',
  'mvpd/year/month/tenant',
  'tenant/year/month/day',
  'tenant/year/month/day/application-id',
  'tenant/year/month/day/application-id/application',
  'tenant/year/month/day/mvpd/platform/application-id',
  'tenant/year/month/day/mvpd/platform/application-id/application',
  'tenant/year/month/day/channel/platform/application-id',
  'tenant/year/month/day/channel/platform/application-id/application',
  'mvpd/year/month/day',
  'mvpd/year/month/day/tenant',
  'tenant/year/month/day/hour',
  'tenant/year/month/day/hour/application-id',
  'tenant/year/month/day/hour/application-id/application',
  'tenant/year/month/day/hour/mvpd/platform/application-id',
  'tenant/year/month/day/hour/mvpd/platform/application-id/application',
  'tenant/year/month/day/hour/channel/platform/application-id',
  'tenant/year/month/day/hour/channel/platform/application-id/application',
  'mvpd/year/month/day/hour',
  'mvpd/year/month/day/hour/tenant',
];

const USERS = [
  'year/month/concurrency-level',
  'year/month/concurrency-level/tenant',
  'year/month/concurrency-level/tenant/mvpd',
  'year/month/activity-level',
  'year/month/activity-level/tenant',
  'year/month/activity-level/tenant/mvpd',
  'year/month/day/concurrency-level',
  'year/month/day/concurrency-level/tenant',
  'year/month/day/concurrency-level/tenant/mvpd',
  'year/month/day/activity-level',
  'year/month/day/activity-level/tenant',
  'year/month/day/activity-level/tenant/mvpd',
];

const published = (metrics: MetricSet, paths: readonly string[]): readonly PublishedPath[] =>
  paths.map((path) => ({ path, metrics }));

/** The published report paths (docs/adobe.md §6; two of the 65 name the same path). */
export const PUBLISHED_PATHS: readonly PublishedPath[] = [
  ...published('sessions', SESSIONS),
  ...published('sessions+durations', SESSIONS_AND_DURATIONS),
  ...published('users', USERS),
];
