import { h } from 'preact';
import type { ClientStatus, RouteFacts } from '../../admin/wire.ts';
import { Card } from '../base/card.ts';
import { zoneLabel } from '../report/periods.ts';

/** What is served where, from where it comes, and whose token is sent. */
export const RoutesCard = (props: { routes: readonly RouteFacts[]; clients: readonly ClientStatus[] }) => {
  const { routes, clients } = props;
  const isReady = (name: string): boolean => clients.find((it) => it.name === name)?.ready ?? false;
  return h(
    Card,
    { title: 'Routes' },
    h(
      'ul',
      { class: 'routes' },
      routes.map(({ name, prefix, hosts, client, upstream, timeZone }) =>
        h(
          'li',
          { key: name },
          h('strong', {}, name),
          h('code', {}, hosts.length === 0 ? prefix : hosts.map((host) => host + prefix).join(' ')),
          h('span', { class: 'muted' }, 'from '),
          h('code', {}, upstream),
          h('span', { class: 'muted' }, `${zoneLabel(timeZone)} · as ${client}`),
          !isReady(client) && h('span', { class: 'pill bad' }, 'No token'),
        ),
      ),
    ),
  );
};
