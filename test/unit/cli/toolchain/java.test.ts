import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findJava } from '../../../../cli/toolchain/java.ts';
import { makeShadowHome, prepareShadowHome } from '../../../../cli/toolchain/shadow-java.ts';
import type { SparkSeries } from '../../../../runtime/core/spark-versions.ts';
import { sparkSeriesOf } from '../../../../runtime/core/spark-versions.ts';
import { testCtx } from '../../../helpers/ctx.ts';
import { createWorkspace, type Workspace } from './fake-packages.ts';

/** A range in which no Java of this machine is, so that only the fakes count. */
const series: SparkSeries = { ...sparkSeriesOf('4.2'), java: [100, 109] };

async function fakeJava(space: Workspace, name: string, release: number | string, modules: string): Promise<string> {
  const home = join(space.root, name);
  const settings = [
    `    java.home = ${home}`,
    `    java.version = ${release}.0.1`,
    `    java.specification.version = ${release}`,
  ];
  const body = `case $1 in
    --list-modules) printf '${modules}' ;;
    *) printf 'Property settings:\\n${settings.join('\\n')}\\n' >&2 ;;
  esac`;
  await space.script(`${name}/bin/java`, body);
  return home;
}

const VECTOR = 'java.base@100\\njdk.incubator.vector@100\\n';

describe('findJava()', () => {
  it('takes JAVA_HOME when it fits', async () => {
    await using space = await createWorkspace();
    const home = await fakeJava(space, 'own', 101, VECTOR);
    const deps = space.deps({});
    const java = await findJava(
      { explicit: null, series },
      { ...deps, env: { ...deps.env, JAVA_HOME: home } },
      testCtx(),
    );
    expect(java).toEqual({ home, version: '101.0.1', release: 101, hasVectorModule: true });
  });

  it('leaves a JAVA_HOME of the wrong version out with a notice, and takes the one on the PATH', async () => {
    await using space = await createWorkspace();
    const wrong = await fakeJava(space, 'wrong', '1.8', '');
    const right = await fakeJava(space, 'right', 102, VECTOR);
    const deps = space.deps({ folders: ['right/bin'] });
    const ctx = testCtx();
    const java = await findJava({ explicit: null, series }, { ...deps, env: { ...deps.env, JAVA_HOME: wrong } }, ctx);
    expect(java?.home).toBe(right);
    expect(ctx.events).toEqual([
      {
        type: 'notice',
        level: 'warning',
        message: expect.stringMatching(/it is Java 8, and Spark 4\.2 runs on Java 100/),
      },
    ]);
  });

  it('prefers one with the vector module, and takes one without when there is no other', async () => {
    await using space = await createWorkspace();
    const without = await fakeJava(space, 'without', 100, 'java.base@100\\n');
    const having = await fakeJava(space, 'having', 100, VECTOR);
    const both = await findJava(
      { explicit: null, series },
      space.deps({ folders: ['without/bin', 'having/bin'] }),
      testCtx(),
    );
    expect(both?.home).toBe(having);
    const one = await findJava({ explicit: null, series }, space.deps({ folders: ['without/bin'] }), testCtx());
    expect(one).toMatchObject({ home: without, hasVectorModule: false });
  });

  it('gives undefined when none fits', async () => {
    await using space = await createWorkspace();
    expect(await findJava({ explicit: null, series }, space.deps({}), testCtx())).toBeUndefined();
  });

  it.each([
    ['wrong', 'it is Java 17, and Spark 4.2 runs on Java 100 to 109'],
    ['nothing', 'it does not run'],
  ])('says JAVA_UNSUPPORTED for --java %s', async (name, reason) => {
    await using space = await createWorkspace();
    await fakeJava(space, 'wrong', 17, VECTOR);
    const explicit = join(space.root, name);
    await expect(findJava({ explicit, series }, space.deps({}), testCtx())).rejects.toMatchObject({
      code: 'JAVA_UNSUPPORTED',
      message: expect.stringContaining(reason),
    });
  });
});

describe('makeShadowHome()', () => {
  it('leaves out the one option and keeps every other argument as it is', async () => {
    await using space = await createWorkspace();
    await space.script("real 'one'/bin/java", 'for argument do printf "<%s>" "$argument"; done');
    const home = join(space.root, 'shadow');
    await makeShadowHome(home, join(space.root, "real 'one'"), ['bin', 'lib']);
    const args = ['-cp', 'a b:*', '--add-modules=jdk.incubator.vector', '', "it's", '-Dx=$HOME'];
    expect(execFileSync(join(home, 'bin', 'java'), args, { encoding: 'utf8' })).toBe("<-cp><a b:*><><it's><-Dx=$HOME>");
  });

  it('is made for a Java without the module only', async () => {
    await using space = await createWorkspace();
    const deps = space.deps({});
    await space.script('jdk/bin/java', 'echo real');
    await writeFile(join(space.root, 'jdk', 'release'), '');
    const java = { home: join(space.root, 'jdk'), version: '21', release: 21, hasVectorModule: true };
    expect(await prepareShadowHome(java, deps, testCtx())).toBe(java);
    const shadow = await prepareShadowHome({ ...java, hasVectorModule: false }, deps, testCtx());
    expect(shadow.home.startsWith(deps.cache)).toBe(true);
    expect(execFileSync(join(shadow.home, 'bin', 'java'), [], { encoding: 'utf8' })).toBe('real\n');
  });
});
