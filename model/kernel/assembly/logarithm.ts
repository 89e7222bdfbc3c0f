/** Bits of 2/3: mantissas are taken from there to 4/3, where the series is shortest. */
const TWO_THIRDS: i32 = 0x3f2aaaab;
const MANTISSA_BITS: i32 = 23;
const EXPONENT_BIAS: i32 = 127;
/** Smallest exponent of a normal number. */
const EXPONENT_MIN: f32 = -126;
const LN_2: f32 = 0.6931471805599453;

/**
 * Natural logarithms of four normal, positive numbers; anything for others. With x = 2^e m and s = (m − 1) / (m + 1), |s| ≤
 * 1/5: ln x = e ln 2 + 2 (s + s³/3 + s⁵/5 + s⁷/7 + s⁹/9), the series of the inverse hyperbolic tangent. The next term is
 * below 4e-9.
 */
export function ln(x: v128): v128 {
  const exponent = i32x4.shr_s(i32x4.sub(x, i32x4.splat(TWO_THIRDS)), MANTISSA_BITS);
  const m = i32x4.sub(x, i32x4.shl(exponent, MANTISSA_BITS));
  const one = f32x4.splat(1);
  const s = f32x4.div(f32x4.sub(m, one), f32x4.add(m, one));
  const square = f32x4.mul(s, s);
  let series = f32x4.splat(2.0 / 9.0);
  series = f32x4.add(f32x4.mul(series, square), f32x4.splat(2.0 / 7.0));
  series = f32x4.add(f32x4.mul(series, square), f32x4.splat(2.0 / 5.0));
  series = f32x4.add(f32x4.mul(series, square), f32x4.splat(2.0 / 3.0));
  series = f32x4.add(f32x4.mul(series, square), f32x4.splat(2.0));
  const whole = f32x4.mul(f32x4.convert_i32x4_s(exponent), f32x4.splat(LN_2));
  return f32x4.add(whole, f32x4.mul(series, s));
}

/**
 * Powers of two of four numbers up to 0; 2^−126 below that. With n the nearest whole number and y = (x − n) ln 2, |y| ≤
 * 0.347: 2^x = 2^n e^y, by the exponential series to y⁶/720. The next term is below 1.3e-7.
 */
export function exp2(x: v128): v128 {
  const bounded = f32x4.max(x, f32x4.splat(EXPONENT_MIN));
  const n = f32x4.nearest(bounded);
  const y = f32x4.mul(f32x4.sub(bounded, n), f32x4.splat(LN_2));
  const one = f32x4.splat(1);
  let series = f32x4.add(one, f32x4.mul(y, f32x4.splat(1.0 / 6.0)));
  series = f32x4.add(one, f32x4.mul(f32x4.mul(y, f32x4.splat(1.0 / 5.0)), series));
  series = f32x4.add(one, f32x4.mul(f32x4.mul(y, f32x4.splat(1.0 / 4.0)), series));
  series = f32x4.add(one, f32x4.mul(f32x4.mul(y, f32x4.splat(1.0 / 3.0)), series));
  series = f32x4.add(one, f32x4.mul(f32x4.mul(y, f32x4.splat(1.0 / 2.0)), series));
  series = f32x4.add(one, f32x4.mul(y, series));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(EXPONENT_BIAS)), MANTISSA_BITS);
  return f32x4.mul(power, series);
}
