import { h } from 'preact';
import type { ClientStatus, TokenStatus } from '../../admin/wire.ts';
import { relative } from '../base/format.ts';
import { TokenTimeline } from './token-timeline.ts';

/** The life of one client's token, and what is wrong with it. @param props.named there are others */
export const ClientToken = (props: { client: ClientStatus; named: boolean; now: number }) => {
  const { client, named, now } = props;
  return h(
    'div',
    { class: 'client' },
    named && h('h3', {}, client.name, h('span', { class: 'note' }, ` ${client.token.state}`)),
    h(TokenTimeline, { token: client.token, now }),
    h(LastFailure, { token: client.token, now }),
  );
};

const LastFailure = ({ token, now }: { token: TokenStatus; now: number }) => {
  const { lastFailure: failure, nextAttemptAt: next } = token;
  if (failure === null) return null;
  return h(
    'div',
    { class: 'alert', role: 'alert' },
    h('strong', {}, `${failure.message}`),
    h('p', {}, failure.advice),
    h(
      'p',
      { class: 'muted' },
      `${failure.code}, ${relative(Date.parse(failure.at), now)}`,
      next === null ? ' · trying now' : ` · next attempt ${relative(Date.parse(next), now)}`,
    ),
  );
};
