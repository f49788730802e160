import { describe, expect, test } from 'vitest';
import { parseProject, parseUserFile } from '../../../../cli/config/project-file.ts';

const HEAD = 'version: 1\n';

describe('parseProject()', () => {
  test.each([
    ['spark: 4.2', { spark: '4.2' }],
    ['python: 3.10', { python: '3.10' }],
    [
      'conf: { spark.ui.enabled: false, spark.cores.max: 4, a: 0x10, b: 1e3 }',
      { conf: { 'spark.ui.enabled': 'false', 'spark.cores.max': '4', a: '0x10', b: '1e3' } },
    ],
    ['args: [--day, 2026-11-21, "a b", 007]', { args: ['--day', '2026-11-21', 'a b', '007'] }],
    [
      'cluster: { workers: 4, worker: { cores: 2, memory: 2g } }',
      { cluster: { workers: 4, worker: { cores: '2', memory: '2g' } } },
    ],
    ['schedule: "0 3 * * *"', { schedule: '0 3 * * *' }],
    [
      'podTemplate: { driver: { spec: { nodeSelector: { disk: ssd } } } }',
      { podTemplate: { driver: { spec: { nodeSelector: { disk: 'ssd' } } } } },
    ],
    ['env: &e { A: 1 }\nexecutorEnv: *e', { env: { A: '1' }, executorEnv: { A: '1' } }],
  ])('reads %s', (text, expected) => {
    expect(parseProject(HEAD + text, 'hibana.yaml')).toEqual({ version: 1, ...expected });
  });

  test.each([
    ['', '1:1', 'the file is empty'],
    ['name: pi', '1:1', '"version" is missing'],
    ['version: 2', '1:10', '"version" takes 1'],
    [`${HEAD}clustr: {}`, '2:1', 'unknown key "clustr"; did you mean "cluster"?'],
    [`${HEAD}main_class: x`, '2:1', 'did you mean "mainClass"?'],
    [`${HEAD}cluster:\n  worker: { memroy: 2g }`, '3:13', 'unknown key "memroy"; did you mean "memory"?'],
    [`${HEAD}apps:\n  - name: a\n    arg: []`, '4:5', 'unknown key "arg"; did you mean "args"?'],
    [`${HEAD}apps:\n  - main: a.py`, '3:5', '"apps[0].name" is missing'],
    [`${HEAD}args: --day`, '2:7', '"args" takes a list, not "--day"'],
    [`${HEAD}args:`, '2:6', '"args" takes a list, not nothing'],
    [`${HEAD}env: [A]`, '2:6', '"env" takes a mapping of variables to text, not a list'],
    [`${HEAD}env: { A-B: x }`, '2:8', '"A-B" cannot be a name here'],
    [`${HEAD}kind: jobb`, '2:7', '"kind" takes one of job, service, not "jobb"'],
    [`${HEAD}cluster: { worker: { memory: 1gg } }`, '2:30', 'takes an amount of memory, such as 512m or 2g, not "1gg"'],
    [`${HEAD}cluster: { worker: { cores: 0.5 } }`, '2:29', 'takes whole cores'],
    [`${HEAD}cluster: { workers: 0 }`, '2:21', 'a number of workers from 1 to 200, not "0"'],
    [`${HEAD}cluster: { workers: 10000 }`, '2:21', 'not "10000"'],
    [`${HEAD}cluster: { workers: 1.5 }`, '2:21', 'not "1.5"'],
    [`${HEAD}main: ../app.py`, '2:7', 'takes a path inside the source'],
    [`${HEAD}apps: [{ name: a, contextDir: /etc }]`, '2:31', 'takes a path inside the source'],
    [`${HEAD}name: My_App`, '2:7', 'lower-case letters'],
    [`${HEAD}schedule: { cronn: x }`, '2:13', 'did you mean "cron"?'],
    [`${HEAD}main: a.py\nmain: b.py`, '3:1', 'the key "main" is there twice'],
    [`${HEAD}\tmain: a.py`, '2:1', 'indented with a tab'],
    [`${HEAD}main: [`, '2:8', ''],
    [`${HEAD}---\nversion: 1`, '2:1', 'a second document'],
    [`${HEAD}args: [*nothing]`, '1:1', 'an alias names no anchor'],
    ['- a', '1:1', 'the file takes a mapping, not a list'],
  ])('refuses %j at %s', (text, place, message) => {
    expect(() => parseProject(text, 'dir/hibana.yaml')).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(new RegExp(`^dir/hibana\\.yaml:${place}: .*${literally(message)}`)),
      }),
    );
  });

  test('gives every problem in the details, in the order of the file', () => {
    const text = `${HEAD}argss: []\ncluster: { workers: 0, worker: 3 }\n`;
    expect(() => parseProject(text, 'hibana.yaml')).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('(and 2 more)'),
        details: expect.objectContaining({
          file: 'hibana.yaml',
          line: 2,
          column: 1,
          path: 'argss',
          problems: [
            expect.objectContaining({ line: 2, path: 'argss' }),
            expect.objectContaining({ line: 3, column: 21, path: 'cluster.workers' }),
            expect.objectContaining({ line: 3, column: 32, path: 'cluster.worker' }),
          ],
        }),
      }),
    );
  });

  test('refuses aliases that multiply without end', () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const items = level === 0 ? 'x' : Array.from({ length: 9 }, () => `*a${level - 1}`).join(', ');
      return `a${level}: &a${level} [${items}]`;
    });
    expect(() => parseProject(HEAD + levels.join('\n'), 'hibana.yaml')).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });

  test('has no place for the prototype of objects', () => {
    const { env } = parseProject(`${HEAD}env: { __proto__: x, A: b }`, 'hibana.yaml');
    expect(Object.entries(env ?? {})).toEqual([['A', 'b']]);
  });
});

test('parseUserFile() refuses what belongs to one application', () => {
  expect(parseUserFile(`${HEAD}cluster: { workers: 4 }`, 'u.yaml')).toEqual({ version: 1, cluster: { workers: 4 } });
  expect(() => parseUserFile(`${HEAD}main: a.py`, 'u.yaml')).toThrow(/^u\.yaml:2:1: unknown key "main"/);
});

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
