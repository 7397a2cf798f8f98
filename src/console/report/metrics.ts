/** What a metric counts decides what may be done with its figures (Adobe's definitions, docs/adobe.md). */

/**
 * `events` happened once, in one period and one place: they add up over everything. `running` sessions were active at
 * some time in a period, so one may be in several: they add up over MVPDs, not over time. `distinct` users may be in
 * several of anything: they never add up. `other` figures (averages, latencies) do not either.
 */
export type MetricKind = 'events' | 'running' | 'distinct' | 'other';

export const kindOfMetric = (metric: string): MetricKind => {
  if (metric === 'active-sessions') return 'running';
  if (/\b(users?|accounts?|devices?|unique|distinct)\b/.test(metric)) return 'distinct';
  return /\b(latency|average|avg|ratio|percent)\b/.test(metric) ? 'other' : 'events';
};

/** Whether figures of different MVPDs, tenants and so on may be added up. */
export const addsAcross = (metric: string): boolean => ['events', 'running'].includes(kindOfMetric(metric));

/** How figures of several periods become one. */
export const TOTALS = ['sum', 'mean', 'max'] as const;
export type Total = (typeof TOTALS)[number];

export const isTotal = (text: string | undefined): text is Total => TOTALS.some((it) => it === text);

/** Those that say something true of the metric, the most useful first. */
export const totalsOf = (metric: string): readonly Total[] => {
  switch (kindOfMetric(metric)) {
    case 'events':
      return ['sum', 'mean', 'max'];
    case 'running':
    case 'distinct':
      return ['mean', 'max'];
    case 'other':
      return ['max'];
  }
};

/** The wanted one where the metric allows it, else its most useful. */
export const totalFor = (metric: string, wanted: Total | undefined): Total => {
  const allowed = totalsOf(metric);
  return wanted !== undefined && allowed.includes(wanted) ? wanted : (allowed[0] ?? 'max');
};

/** Why the figures are not added up, in a sentence. @param what such as `days` */
export const whyNotAdded = (metric: string, what: string): string => {
  if (kindOfMetric(metric) !== 'distinct') return `These figures are not added up over ${what}.`;
  const unit = unitOf(metric) || 'figures';
  const name = unit.charAt(0).toUpperCase() + unit.slice(1);
  return `${name} are not added up over ${what}: the same ${unit.replace(/s$/, '')} may be counted in several.`;
};

/** What one of it is called. */
export const unitOf = (metric: string): string => {
  if (metric.startsWith('duration_') || metric.startsWith('bstreams')) return 'streams';
  return /(users|sessions|attempts|accounts|requests|streams|tokens|failures)$/.exec(metric)?.[1] ?? '';
};

const ABOUT: Readonly<Record<string, string>> = {
  'active-users': 'Different users who began at least one stream in the period.',
  'active-sessions': 'Streams that were running at some time in the period.',
  'started-sessions': 'Streams that began in the period.',
  'completed-sessions': 'Streams that ended in the period, stopped or timed out.',
  'failed-attempts': 'Attempts to begin a stream that were denied.',
  'dismissed-sessions': 'Streams that a policy ended while they were playing.',
  'killed-sessions': 'Streams that a user ended to begin another one.',
  users: 'Users who reached so many streams.',
};

/** What it counts, in a sentence; empty if that is not known. */
export const aboutMetric = (metric: string): string => {
  if (metric.startsWith('duration_')) return 'Completed streams that lasted so long.';
  return ABOUT[metric] ?? '';
};
