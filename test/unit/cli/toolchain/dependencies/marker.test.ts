import { describe, expect, it } from 'vitest';
import { markerHolds } from '../../../../../cli/toolchain/dependencies/marker.ts';

const LINUX = {
  sys_platform: 'linux',
  platform_machine: 'x86_64',
  os_name: 'posix',
  python_version: '3.12',
  python_full_version: '3.12.99',
};

describe('markerHolds()', () => {
  it.each([
    [true, "sys_platform == 'linux'"],
    [false, 'sys_platform == "win32"'],
    [true, "sys_platform != 'win32'"],
    [true, "'linux' == sys_platform"],
    [true, "python_version >= '3.9'"],
    [false, "python_version < '3.9'"],
    [true, "python_full_version >= '3.12.4' and python_full_version < '3.13'"],
    [false, "python_full_version < '3.11' or python_full_version >= '3.14'"],
    [true, "'3.9' < python_version"],
    [false, "'3.13' <= python_version"],
    [true, "python_version ~= '3.8'"],
    [true, "python_version in '3.11 3.12'"],
    [false, "python_version in '3.11 3.120'"],
    [true, "python_version not in '3.9, 3.10'"],
    [true, "'linux' in sys_platform"],
    [false, "'linux' not in sys_platform"],
    [true, "sys_platform == 'win32' or sys_platform == 'linux' and os_name == 'posix'"],
    [false, "(sys_platform == 'win32' or sys_platform == 'linux') and os_name == 'nt'"],
    [true, "(platform_machine == 'x86_64' and (os_name == 'posix' or os_name == 'nt'))"],
    [true, "platform_release >= '5'"],
    [true, "python_version >= 'nonsense'"],
    [true, "platform_machine > 'a'"],
  ])('is %s for %s', (expected, marker) => {
    expect(markerHolds(marker, LINUX)).toBe(expected);
  });
});
