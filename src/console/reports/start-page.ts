import { h } from 'preact';
import { useState } from 'preact/hooks';
import type { RouteFacts } from '../../admin/wire.ts';
import { fieldText } from '../base/field-text.ts';
import { searchPaths } from '../report/path-search.ts';
import { QUESTIONS, type Question } from '../report/questions.ts';
import { formatView, type ReportView, START } from '../report/report-view.ts';
import { RoutePicker } from './route-picker.ts';
import { apiOf } from './routes.ts';

export interface StartPageProps {
  readonly route: RouteFacts;
  readonly routes: readonly RouteFacts[];
  /** Its name, if it is not the usual one: links carry it on. */
  readonly routeName: string | undefined;
}

/** Where reports begin: with the questions that people have, and a search over everything else. */
export const StartPage = ({ route, routes, routeName }: StartPageProps) => {
  const hrefOf = (view: ReportView): string => `#/reports${formatView({ ...view, route: routeName })}`;
  const api = apiOf(route);
  return h(
    'div',
    { class: 'page start' },
    h(
      'div',
      { class: 'title' },
      h('h1', { tabIndex: -1 }, 'What would you like to know?'),
      h(RoutePicker, { route, routes, hash: (name) => `#/reports?~route=${name}` }),
    ),
    h(Questions, { questions: QUESTIONS[api], hrefOf }),
    api === 'CMU' ? h(PathSearch, { hrefOf }) : h(Tree, { href: hrefOf(START) }),
  );
};

type HrefOf = (view: ReportView) => string;

const Questions = ({ questions, hrefOf }: { questions: readonly Question[]; hrefOf: HrefOf }) =>
  h(
    'ul',
    { class: 'questions' },
    questions.map(({ name, question, answer, view }) =>
      h(
        'li',
        { key: name },
        h(
          'a',
          { class: 'card question-card', href: hrefOf(view) },
          h('strong', {}, question),
          h('span', {}, answer),
        ),
      ),
    ),
  );

const Tree = ({ href }: { href: string }) =>
  h(
    'section',
    { class: 'card', 'aria-label': 'The tree of reports' },
    h('p', {}, 'All reports are a tree. Begin at its root, and follow what it offers.'),
    h('p', {}, h('a', { class: 'button', href }, 'Open the root')),
  );

/** More is a list that nobody reads. */
const MOST_FOUND = 12;

const PathSearch = ({ hrefOf }: { hrefOf: HrefOf }) => {
  const [words, setWords] = useState('');
  const found = searchPaths(words);
  const viewOf = (path: string): ReportView => ({
    ...START,
    path: path.split('/'),
    range: { kind: 'named', name: path.includes('/day') ? 'last-week' : '12m' },
    limit: 10_000,
  });
  return h(
    'section',
    { class: 'card search', 'aria-label': 'All reports' },
    h(
      'label',
      { class: 'field' },
      h('span', {}, 'Or search all reports by what they break down'),
      h('input', {
        type: 'search',
        value: words,
        placeholder: 'hourly mvpd channel',
        spellcheck: false,
        onInput: (event: Event) => setWords(fieldText(event)),
      }),
    ),
    h(
      'p',
      { class: 'muted', role: 'status' },
      words.trim() === ''
        ? 'Such as: day, platform, tenant, application, concurrency.'
        : countOf(found.length),
    ),
    h(
      'ul',
      { class: 'found' },
      found
        .slice(0, MOST_FOUND)
        .map(({ path, title }) =>
          h('li', { key: path }, h('a', { href: hrefOf(viewOf(path)) }, title), h('code', {}, path)),
        ),
    ),
    h('p', {}, h('a', { href: hrefOf(START) }, 'Or walk the tree from its root')),
  );
};

const countOf = (count: number): string => {
  if (count === 0) return 'No report has all of these. Try fewer words.';
  const most = count > MOST_FOUND ? `; the first ${MOST_FOUND} are shown` : '';
  return `${count} ${count === 1 ? 'report has' : 'reports have'} all of these${most}.`;
};
