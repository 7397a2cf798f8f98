import { h } from 'preact';
import { relative, utc } from '../base/format.ts';
import type { Trouble } from './troubles.ts';

/** What is wrong: what was last heard, since when, and what to do. */
export const TroubleList = ({ troubles, now }: { troubles: readonly Trouble[]; now: number }) =>
  h(
    'div',
    { class: 'troubles', role: 'alert' },
    troubles.map(({ title, last, since, advice }) =>
      h(
        'div',
        { class: 'alert', key: title },
        h('strong', {}, title),
        h(
          'p',
          {},
          last,
          since !== undefined && [
            last === '' ? 'Since ' : ' · since ',
            h('time', { dateTime: since }, `${utc(Date.parse(since))} UTC`),
            // It changes each second: not for those who are read to.
            h('span', { 'aria-hidden': true }, `, ${relative(Date.parse(since), now)}`),
          ],
        ),
        h('p', {}, advice),
      ),
    ),
  );
