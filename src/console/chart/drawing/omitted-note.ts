import { h } from 'preact';
import { whole } from '../../base/format.ts';

/** A chart does not show all; the table does. */
export const omittedNote = (omitted: number, what: string) =>
  omitted > 0 &&
  h('p', { class: 'muted' }, `${whole(omitted)} more ${what} with less are in the table only.`);
