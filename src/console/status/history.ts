import { h } from 'preact';
import type { HistoryEntry } from '../../admin/wire.ts';
import { relative, utc } from '../base/format.ts';

/** What happened to credentials and tokens, latest first. @param props.named there are several clients */
export const History = (props: { entries: readonly HistoryEntry[]; named: boolean; now: number }) => {
  const { entries, named, now } = props;
  if (entries.length === 0) return h('p', { class: 'muted' }, 'Nothing has happened yet.');
  return h(
    'ol',
    { class: 'history', tabIndex: 0, 'aria-label': 'Events, latest first' },
    entries
      .toReversed()
      .map(({ at, client, event, kind, text }) =>
        h(
          'li',
          { key: at + client + event, class: kind },
          h('time', { dateTime: at, title: utc(Date.parse(at)) }, relative(Date.parse(at), now)),
          h('span', {}, named ? `${client}: ${text}` : text),
        ),
      ),
  );
};
