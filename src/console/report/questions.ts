import { ALL_METRICS, type ReportView, START } from './report-view.ts';

/** A question that people have, and the view that answers it. */
export interface Question {
  readonly name: string;
  readonly question: string;
  /** What comes, in a few words. */
  readonly answer: string;
  readonly view: ReportView;
}

/** Enough for a week of any of them; the API's own 1,000 is not. */
const ROWS = 10_000;

const lastWeek = (path: string, more: Partial<ReportView>): ReportView => ({
  ...START,
  path: path.split('/'),
  range: { kind: 'named', name: 'last-week' },
  limit: ROWS,
  ...more,
});

/** What analysts of a programmer ask first. */
export const CMU_QUESTIONS: readonly Question[] = [
  {
    name: 'concurrency',
    question: 'How many concurrent streams, by MVPD?',
    answer: 'Users by the number of streams that they had at once, on an average day',
    view: lastWeek('year/month/day/concurrency-level', { added: ['mvpd'], shape: 'matrix' }),
  },
  {
    name: 'active-users',
    question: 'How many active users, by channel?',
    answer: 'Different users of each channel, day by day',
    view: lastWeek('tenant/year/month/day/channel', { metrics: ['active-users'] }),
  },
  {
    name: 'platforms',
    question: 'On which platforms do people watch?',
    answer: 'Streams started on each platform, and its share',
    view: lastWeek('year/month/day/tenant/platform/application-id', {
      metrics: ['started-sessions', 'completed-sessions'],
      charted: 'started-sessions',
      by: ['platform'],
      shape: 'stacked',
    }),
  },
  {
    name: 'failures',
    question: 'Who is turned away?',
    answer: 'Denied attempts, dismissed and killed streams, by MVPD',
    view: lastWeek('year/month/day/mvpd', {
      metrics: ['failed-attempts', 'dismissed-sessions', 'killed-sessions'],
      charted: ALL_METRICS,
      by: ['mvpd'],
    }),
  },
  {
    name: 'peak',
    question: 'When is the peak hour?',
    answer: 'Streams running in each hour of the week',
    view: lastWeek('tenant/year/month/day/hour', {
      metrics: ['active-sessions'],
      by: [],
    }),
  },
  {
    name: 'lengths',
    question: 'How long do people watch?',
    answer: 'Completed streams by how long they lasted',
    view: lastWeek('tenant/year/month/day', {
      metrics: [
        'duration_0-15',
        'duration_15-30',
        'duration_30-60',
        'duration_60-120',
        'duration_2h-4h',
        'duration_4h-8h',
        'duration_8h-16h',
        'duration_16h-1d',
      ],
      charted: ALL_METRICS,
      by: [],
      shape: 'bars',
    }),
  },
];

/** The same of ESM, whose tree begins with the media company (docs/adobe.md §8). */
export const ESM_QUESTIONS: readonly Question[] = [
  {
    name: 'authentication',
    question: 'Do authentications succeed, by MVPD?',
    answer: 'Attempts, successes and failures, day by day',
    view: lastWeek('media-company/year/month/day/requestor-id/mvpd/platform', {
      metrics: ['authn-attempts', 'authn-successful', 'authn-failed'],
      charted: ALL_METRICS,
      by: ['mvpd'],
    }),
  },
  {
    name: 'authorization',
    question: 'Do authorizations succeed, by MVPD?',
    answer: 'Attempts, successes and rejections, day by day',
    view: lastWeek('media-company/year/month/day/requestor-id/mvpd/platform', {
      metrics: ['authz-attempts', 'authz-successful', 'authz-rejected'],
      charted: ALL_METRICS,
      by: ['mvpd'],
    }),
  },
  {
    name: 'events',
    question: 'What happens, hour by hour?',
    answer: 'Every kind of event',
    view: lastWeek('media-company/year/month/day/hour/requestor-id/event', { by: ['event'] }),
  },
  {
    name: 'reasons',
    question: 'Why are people denied?',
    answer: 'Denials by reason and MVPD',
    view: lastWeek('media-company/year/month/day/requestor-id/mvpd/reason', {
      by: ['reason', 'mvpd'],
      shape: 'matrix',
    }),
  },
];

/** The questions of an API. */
export const QUESTIONS = { CMU: CMU_QUESTIONS, ESM: ESM_QUESTIONS } as const;

/** The question that a view answers: the same report and figures, whatever the range and filters. */
export const questionOf = ({ path, metrics, added }: ReportView): Question | undefined =>
  [...CMU_QUESTIONS, ...ESM_QUESTIONS].find(
    ({ view }) =>
      view.path.join() === path.join() &&
      view.metrics.join() === metrics.join() &&
      view.added.join() === added.join(),
  );
