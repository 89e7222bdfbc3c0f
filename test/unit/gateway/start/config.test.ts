import { describe, expect, test } from 'vitest';
import {
  asksForHelp,
  envName,
  flagName,
  loggable,
  OPTION_GROUPS,
  readConfig,
  helpText,
} from '../../../../gateway/start/config.js';
import { StartupError } from '../../../../metrics/process/startup-error.js';

function problems(argv: string[], env: Record<string, string> = {}): readonly string[] {
  try {
    readConfig(argv, env);
  } catch (error) {
    if (error instanceof StartupError) return error.problems;
    throw error;
  }
  return [];
}

describe('reading', () => {
  test('falls back, takes the environment, and lets a flag win', () => {
    expect(readConfig([], {})).toMatchObject({ host: '127.0.0.1', port: 8080, dataDir: './data' });
    expect(readConfig([], { AFTERCLICK_PORT: '9000', OTHER: '1' }).port).toBe(9000);
    expect(readConfig(['--port', '0', '--data-dir=/tmp/x=y'], { AFTERCLICK_PORT: '9000' })).toMatchObject({
      port: 0,
      dataDir: '/tmp/x=y',
    });
  });

  test('a variable set to nothing is not set', () => {
    expect(readConfig([], { AFTERCLICK_PORT: '' }).port).toBe(8080);
  });

  test('what Kubernetes sets beside a service of that name is no option, and ends nothing', () => {
    const service = {
      AFTERCLICK_SERVICE_HOST: '10.0.0.1',
      AFTERCLICK_SERVICE_PORT: '80',
      AFTERCLICK_SERVICE_PORT_HTTP: '80',
      AFTERCLICK_PORT: 'tcp://10.0.0.1:80',
      AFTERCLICK_PORT_80_TCP: 'tcp://10.0.0.1:80',
      AFTERCLICK_PORT_80_TCP_PROTO: 'tcp',
      AFTERCLICK_PORT_80_TCP_PORT: '80',
      AFTERCLICK_PORT_80_TCP_ADDR: '10.0.0.1',
      AFTERCLICK_METRICS_SERVICE_HOST: '10.0.0.2',
      AFTERCLICK_METRICS_PORT: 'tcp://10.0.0.2:9090',
      AFTERCLICK_METRICS_PORT_9090_UDP_ADDR: '10.0.0.2',
    };
    expect(problems([], service)).toEqual([]);
    expect(readConfig([], service).port).toBe(8080);
    expect(problems([], { AFTERCLICK_PROT: '80' })[0]).toContain('did you mean AFTERCLICK_PORT?');
    expect(problems([], { AFTERCLICK_PORT: 'http://x' })[0]).toContain('AFTERCLICK_PORT');
  });

  test('the result is frozen', () => {
    expect(Object.isFrozen(readConfig([], {}))).toBe(true);
  });

  test('may be logged', () => {
    expect(loggable(readConfig([], {}))).toMatchObject({ port: 8080, bundle: expect.any(String) });
  });
});

describe('problems', () => {
  test('are all listed at once, with what was given and by whom', () => {
    const found = problems(['--prot', '1', '--host', '--shards', 'many'], {
      AFTERCLICK_PORTS: '1',
      AFTERCLICK_IDLE_TIMEOUT_MS: '5',
    });
    expect(found).toEqual([
      expect.stringContaining('AFTERCLICK_PORTS; did you mean AFTERCLICK_PORT?'),
      expect.stringContaining('--prot; did you mean --port?'),
      '--host: a value is missing',
      expect.stringMatching(/^AFTERCLICK_IDLE_TIMEOUT_MS: .*"5"/),
      expect.stringMatching(/^--shards: .*"many"/),
      'see npm start -- --help',
    ]);
  });

  test('npm keeps flags for itself that do not stand behind --, and hands on their values', () => {
    expect(problems(['9000'])[0]).toBe(
      '"9000" belongs to no flag; npm hands on only those flags that stand behind --, as in npm start -- --port 9000',
    );
  });

  test('no name is suggested for one that is like none', () => {
    expect(problems(['--something-else', 'x'])[0]).toBe('unknown flag --something-else');
  });

  test.each(['NaN', '1.5', '-1', '65536', '1e9', 'Infinity'])('port %s is one', (port) => {
    expect(problems([`--port=${port}`])[0]).toContain('--port');
  });
});

describe('help', () => {
  test('is asked for', () => {
    expect(asksForHelp(['--port', '1', '--help'])).toBe(true);
    expect(asksForHelp(['--port', '1'])).toBe(false);
  });

  test('lists every option with its flag, variable and default', () => {
    const text = helpText();
    for (const key of Object.values(OPTION_GROUPS).flatMap((options) => Object.keys(options))) {
      expect(text).toContain(`${flagName(key)}, ${envName(key)} (default `);
    }
  });

  test('keys are unique over all folders', () => {
    const keys = Object.values(OPTION_GROUPS).flatMap((options) => Object.keys(options));
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('every fallback is a value of its schema', () => {
    for (const options of Object.values(OPTION_GROUPS)) {
      for (const [key, { schema, fallback }] of Object.entries(options)) {
        expect(schema.safeParse(fallback), key).toMatchObject({ success: true, data: fallback });
      }
    }
  });
});
