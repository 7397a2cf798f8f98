import { type ComponentChildren, h } from 'preact';
import type { CacheFigures, ClientStatus, ProxyStatus } from '../../admin/wire.ts';
import { Card } from '../base/card.ts';
import { bytes, milliseconds, percent, rate, relative, short, span, utc, whole } from '../base/format.ts';
import type { Moment } from '../base/live.ts';
import { Key } from '../chart/plot/key.ts';
import { Plot } from '../chart/plot/plot.ts';
import { ClientToken } from './client-token.ts';
import { History } from './history.ts';
import { RoutesCard } from './routes-card.ts';
import { Sparkline } from './sparkline.ts';
import { TroubleList } from './trouble-list.ts';
import { troublesOf } from './troubles.ts';

/** How it goes: rates, the token's life, both sides of Adobe, and the cache. */
export const StatusPage = ({ moments, latest }: { moments: readonly Moment[]; latest: Moment }) => {
  const { status, cache } = latest.event;
  const { clients } = status;
  const troubles = troublesOf(status);
  const now = Date.parse(status.now);
  return h(
    'div',
    { class: 'page' },
    h('h1', {}, 'Status'),
    troubles.length > 0 && h(TroubleList, { troubles, now }),
    h(Tiles, { moments, latest }),
    h(
      'div',
      { class: 'columns' },
      h(
        Card,
        { title: clients.length > 1 ? 'Access tokens' : 'Access token', note: noteOn(clients) },
        clients.map((client) => h(ClientToken, { key: client.name, client, named: clients.length > 1, now })),
        h('h3', {}, 'What happened'),
        h(History, { entries: status.history, named: clients.length > 1, now }),
      ),
      h(Card, { title: 'Traffic', note: 'last five minutes' }, h(TrafficPlot, { moments })),
      h(
        Card,
        { title: 'Report cache', note: cache.enabled ? undefined : 'switched off' },
        h(CacheCard, { cache }),
      ),
      h(
        Card,
        { title: 'Adobe', tone: status.upstream.failingSince === null ? undefined : 'bad' },
        h(AdobeCard, { status, now }),
      ),
    ),
    h(RoutesCard, { routes: status.routes, clients }),
  );
};

const noteOn = (clients: readonly ClientStatus[]): string => {
  const [only, ...others] = clients;
  if (others.length === 0) return `client ${only?.token.registration?.clientId ?? 'not registered'}`;
  return `${clients.filter(({ ready }) => ready).length} of ${clients.length} clients have one`;
};

const Tiles = ({ moments, latest }: { moments: readonly Moment[]; latest: Moment }) => {
  const { rates, inFlight, totals } = latest.event;
  const lately = (read: (moment: Moment) => number | null): number[] =>
    moments.slice(-60).map((moment) => read(moment) ?? 0);
  const tiles = [
    {
      name: 'Requests',
      value: `${rate(rates.requests)}/s`,
      more: `${short(totals.requests)} in all · ${inFlight} in flight`,
      values: lately(({ event }) => event.rates.requests),
    },
    {
      name: 'From cache',
      value: percent(rates.fromCache),
      more: `${bytes(rates.bytes)}/s sent`,
      values: lately(({ event }) => event.rates.fromCache),
    },
    {
      name: 'Latency, p99',
      value: milliseconds(rates.p99Ms),
      more: `median ${milliseconds(rates.p50Ms)}`,
      values: lately(({ event }) => event.rates.p99Ms),
    },
    {
      name: 'To Adobe',
      value: `${rate(rates.upstreamRequests)}/s`,
      more: `${short(totals.upstreamRequests)} in all · ${short(totals.upstreamErrors)} failed`,
      values: lately(({ event }) => event.rates.upstreamRequests),
    },
    {
      name: 'Server errors',
      value: `${rate(rates.serverErrors)}/s`,
      more: `${short(totals.serverErrors)} in all`,
      values: lately(({ event }) => event.rates.serverErrors),
    },
  ];
  return h(
    'dl',
    { class: 'tiles' },
    tiles.map(({ name, value, more, values }) =>
      h(
        'div',
        { key: name, class: 'tile' },
        h('dt', {}, name),
        h('dd', { class: 'value' }, value),
        h('dd', { class: 'more' }, more, h(Sparkline, { values })),
      ),
    ),
  );
};

const TrafficPlot = ({ moments }: { moments: readonly Moment[] }) => {
  const series = [
    { name: 'From callers', colour: 0, figures: moments.map(({ event }) => event.rates.requests) },
    { name: 'To Adobe', colour: 1, figures: moments.map(({ event }) => event.rates.upstreamRequests) },
  ];
  return h(
    'div',
    { class: 'chart' },
    h(Plot, {
      label: 'Requests a second over the last five minutes: from callers, and to Adobe',
      times: moments.map(({ at }) => at),
      series,
      full: rate,
      short: rate,
      unit: 'minute',
      across: 'Time (UTC)',
      up: 'requests/s',
      height: 230,
      timeName: (time) => utc(time).slice(11),
    }),
    h(Key, { lines: series }),
  );
};

const CacheCard = ({ cache }: { cache: CacheFigures }) => {
  const outcomes = [
    { name: 'Hits', count: cache.hits, colour: 0 },
    { name: 'Collapsed', count: cache.collapsed, colour: 1 },
    { name: 'Stale', count: cache.staleServed, colour: 2 },
    { name: 'Revalidated', count: cache.revalidated, colour: 3 },
    { name: 'Misses', count: cache.misses, colour: 4 },
  ];
  const total = outcomes.reduce((sum, { count }) => sum + count, 0);
  const saved = cache.hits + cache.collapsed + cache.staleServed;
  return h(
    'div',
    {},
    h(
      'p',
      { class: 'lead' },
      total === 0
        ? 'No report was asked for yet.'
        : [h('strong', {}, percent(saved / total)), ' of answers since the start took nothing from Adobe.'],
    ),
    h(
      'div',
      { class: 'stack', 'aria-hidden': true },
      outcomes.map(({ name, count, colour }) =>
        h('div', { key: name, class: `series-${colour}`, style: { flexGrow: count } }),
      ),
    ),
    h(
      'ul',
      { class: 'key' },
      outcomes.map(({ name, count, colour }) =>
        h(
          'li',
          { key: name },
          h('span', { class: `swatch series-${colour}`, 'aria-hidden': true }),
          `${name} `,
          h('b', {}, whole(count)),
        ),
      ),
    ),
    h(
      'label',
      { class: 'meter' },
      h(
        'span',
        {},
        `${bytes(cache.bytes)} of ${bytes(cache.maxBytes)} in ${whole(cache.entries)} reports`,
        cache.evictions > 0 && `, ${whole(cache.evictions)} evicted`,
      ),
      h('progress', { max: Math.max(1, cache.maxBytes), value: cache.bytes }),
    ),
  );
};

const AdobeCard = ({ status, now }: { status: ProxyStatus; now: number }) => {
  const { upstream, clients, routes, startedAt } = status;
  const { lastAnswer, lastFailure } = upstream;
  const registered = clients.flatMap(({ token: { registration } }) => registration?.issuedAt ?? []).sort();
  const sum = (count: keyof ClientStatus['token']['counts']): number =>
    clients.reduce((total, { token }) => total + token.counts[count], 0);
  const facts: readonly (readonly [string, ComponentChildren])[] = [
    ['Report API', h('code', {}, [...new Set(routes.map((it) => new URL(it.upstream).origin))].join(' '))],
    [
      'Last answer',
      lastAnswer === null
        ? 'none yet'
        : `${lastAnswer.status} in ${milliseconds(lastAnswer.durationMs)}, ${relative(Date.parse(lastAnswer.at), now)}`,
    ],
    [
      'Last failure',
      lastFailure === null ? 'none' : `${lastFailure.reason}, ${relative(Date.parse(lastFailure.at), now)}`,
    ],
    ['Registered', relativeOrNo(registered.at(-1), now)],
    ['DCR calls', `registrations ${sum('registrations')} · token requests ${sum('tokenRequests')}`],
    [
      'DCR trouble',
      `failures ${sum('failures')} · throttled ${sum('throttled')} · tokens refused ${sum('invalidations')}`,
    ],
    ['Up for', span(now - Date.parse(startedAt))],
  ];
  return h(
    'dl',
    { class: 'facts' },
    facts.map(([name, value]) => h('div', { key: name }, h('dt', {}, name), h('dd', {}, value))),
  );
};

const relativeOrNo = (at: string | undefined, now: number): string =>
  at === undefined ? 'no' : relative(Date.parse(at), now);
