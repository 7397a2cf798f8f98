import { h } from 'preact';
import type { TokenStatus } from '../../admin/wire.ts';
import { relative, utc } from '../base/format.ts';

/** The life of the token in service: received, to be refreshed, expiring, and where it stands now. */
export const TokenTimeline = ({ token, now }: { token: TokenStatus; now: number }) => {
  if (token.token === null) return h('p', { class: 'muted' }, 'There is no token.');
  const received = Date.parse(token.token.receivedAt);
  const refresh = Date.parse(token.token.refreshAt);
  const expiry = Date.parse(token.token.expiresAt);
  const placeOf = (at: number): string =>
    `${(Math.min(1, Math.max(0, (at - received) / Math.max(1, expiry - received))) * 100).toFixed(2)}%`;
  const moments = [
    { name: 'Received', at: received, kind: 'start' },
    { name: 'Refresh', at: refresh, kind: 'middle' },
    { name: 'Expiry', at: expiry, kind: 'end' },
  ];
  return h(
    'div',
    { class: 'timeline' },
    h(
      'div',
      { class: 'track', 'aria-hidden': true },
      h('div', { class: 'elapsed', style: { width: placeOf(now) } }),
      h('div', { class: 'mark', style: { left: placeOf(refresh) } }),
      h('div', { class: 'now', style: { left: placeOf(now) } }),
    ),
    h(
      'dl',
      { class: 'moments' },
      moments.map(({ name, at, kind }) =>
        h(
          'div',
          { key: name, class: kind },
          h('dt', {}, name),
          h(
            'dd',
            {},
            h('strong', {}, relative(at, now)),
            h('time', { dateTime: new Date(at).toISOString() }, utc(at)),
          ),
        ),
      ),
    ),
  );
};
