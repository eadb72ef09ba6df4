//! Names of arrays as C and C++ take them: no keyword, nothing that the standard headers declare or define, none twice.

use std::collections::HashMap;

use crate::io::names::Names;

/// Keywords of C and C++, and spellings of operators.
const KEYWORDS: &str = "\
    alignas alignof and asm auto bool break case catch char class compl concept const consteval constexpr constinit continue decltype \
    default delete do double else enum explicit export extern false final float for friend goto if import inline int long module \
    mutable namespace new noexcept not nullptr operator or override private protected public register requires restrict return short \
    signed sizeof static struct switch template this throw true try typedef typeid typename typeof union unsigned using virtual void \
    volatile while xor";

/// Keywords with an underscore, and macros of compilers.
const OTHERS: &str = "\
    and_eq bitand bitor char8_t char16_t char32_t co_await co_return co_yield const_cast dynamic_cast i386 linux main math_errhandling \
    not_eq or_eq reinterpret_cast static_assert static_cast std thread_local typeof_unqual unix wchar_t xor_eq";

/// What headers that a program includes beside this one declare: the C library as POSIX has it, without the mathematics.
const LIBRARY: &str = "\
    a64l abort abs alloca arc4random asctime assert atexit atof atoi atol atoll bcmp bcopy bsearch bzero calloc clearenv clearerr clock \
    complex ctermid ctime difftime div dprintf drand48 dysize ecvt erand48 errno exit fclose fcvt fdopen feof ferror fflush ffs fgetc \
    fgetpos fgets fileno flockfile fmemopen fopen fprintf fputc fputs fread free freopen fscanf fseek fseeko fsetpos ftell ftello \
    ftrylockfile funlockfile fwrite gcvt getc getchar getdelim getenv getline getloadavg getsubopt getw gmtime imaginary index \
    initstate isalnum isalpha isascii isblank iscntrl isdigit isgraph islower isprint ispunct isspace isupper isxdigit jrand48 l64a \
    labs lcong48 ldiv llabs lldiv localtime longjmp lrand48 malloc mblen mbstowcs mbtowc memccpy memchr memcmp memcpy memmove memset \
    mkdtemp mkstemp mkstemps mktemp mktime mrand48 nanosleep noreturn nrand48 offsetof perror popen printf pselect putc putchar putenv \
    puts putw qecvt qfcvt qgcvt qsort raise rand random read realloc reallocarray realpath remove rename renameat rewind rindex rpmatch \
    scanf seed48 select setbuf setbuffer setenv setjmp setlinebuf setlocale setstate setvbuf signal snprintf sprintf srand srand48 \
    srandom sscanf stderr stdin stdout stpcpy stpncpy strcasecmp strcat strchr strcmp strcoll strcpy strcspn strdup strerror strftime \
    strlen strncasecmp strncat strncmp strncpy strndup strnlen strpbrk strrchr strsep strsignal strspn strstr strtod strtof strtok \
    strtol strtold strtoll strtoq strtoul strtoull strtouq strxfrm system tempnam time timegm timelocal timezone tmpfile tmpnam toascii \
    tolower toupper tzname tzset uint ulong ungetc unsetenv ushort valloc vdprintf vfprintf vfscanf vprintf vscanf vsnprintf vsprintf \
    vsscanf wait wcstombs wctomb write";

/// `math.h`; each also for float and long double, with `f` and `l` behind it.
const MATHEMATICS: &str = "\
    acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh drem erf erfc exp exp10 exp2 expm1 fabs fdim finite floor fma \
    fmax fmaximum fmin fminimum fmod fpclassify frexp gamma hypot ilogb isfinite isgreater isinf isless isnan isnormal isunordered j0 \
    j1 jn ldexp lgamma llrint llround log log10 log1p log2 logb lrint lround modf nan nearbyint nextafter nextdown nexttoward nextup \
    pow pow10 remainder remquo rint round roundeven scalb scalbln scalbn signbit signgam significand sin sincos sinh sqrt tan tanh \
    tgamma trunc y0 y1 yn";

/// Macros without an underscore.
const MACROS: &str =
    "BUFSIZ DOMAIN EOF FILE HUGE I INFINITY MAXFLOAT NAN NULL OVERFLOW PLOSS SING SNAN SNANF SNANL TLOSS UNDERFLOW";

/// How macros of the standard headers begin and end.
const MACRO_STARTS: [&str; 15] = [
    "BIG_",
    "BYTE_",
    "CLOCK",
    "DBL_",
    "EXIT_",
    "FLT_",
    "FP_",
    "HUGE_",
    "LDBL_",
    "LITTLE_",
    "MATH_",
    "M_",
    "PDP_",
    "QUANTSCOPE_",
    "SEEK_",
];
const MACRO_ENDS: [&str; 9] = ["_ABSTIME", "_BIT", "_DIG", "_EPSILON", "_EXP", "_MAX", "_MIN", "_UTC", "_WIDTH"];

/// The identifiers of the arrays of one header.
#[derive(Default)]
pub(super) struct CNames {
    /// In lower case: the sizes of an array are macros called after it in upper case, so that names that differ in case only are one.
    taken: Names,
    given: HashMap<String, String>,
}

impl CNames {
    /// The identifier of an array, always the same.
    pub fn of(&mut self, array: &str) -> String {
        if let Some(identifier) = self.given.get(array) {
            return identifier.clone();
        }
        let identifier = self.new_one(array);
        self.given.insert(array.to_owned(), identifier.clone());
        identifier
    }

    /// The identifier that [`CNames::of`] gave an array.
    pub fn given(&self, array: &str) -> String {
        self.given.get(array).cloned().unwrap_or_else(|| identifier(array))
    }

    /// An identifier that nothing else has and nothing else gets: other characters than C's become `_`, and a number tells apart what
    /// would be called the same.
    pub fn new_one(&mut self, name: &str) -> String {
        let identifier = identifier(name);
        let lower = self.taken.unique(identifier.to_ascii_lowercase(), |name, number| format!("{name}_{number}"));
        // What was added to tell it apart is behind it.
        let number = &lower[identifier.len()..];
        identifier + number
    }
}

/// A name of no other characters than an identifier has.
pub(super) fn plain(name: &str) -> String {
    let plain = |character: char| if character.is_ascii_alphanumeric() { character } else { '_' };
    name.chars().map(plain).collect()
}

/// A name as a C identifier that means nothing else.
fn identifier(name: &str) -> String {
    let mut name = plain(name);
    if name.is_empty() {
        name.push_str("unnamed");
    }
    let second = name.chars().nth(1);
    if name.starts_with('_') && second.is_none_or(|second| second == '_' || second.is_ascii_uppercase()) {
        // C keeps names that begin so for itself.
        name.insert_str(0, "array");
    }
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert(0, '_');
    }
    if is_taken(&name) {
        name.push_str("_values");
    }
    name
}

/// Whether a name means something in C, in C++, or after the usual headers.
fn is_taken(name: &str) -> bool {
    let among = |words: &str, name: &str| words.split_ascii_whitespace().any(|word| word == name);
    let is_upper = !name.contains(|character: char| character.is_ascii_lowercase());
    let is_size = name.rsplit_once("_DIM").is_some_and(|(_, axis)| axis.bytes().all(|byte| byte.is_ascii_digit()));
    // `M_PIf` and its kin are the only ones in lower case.
    let is_macro = name.starts_with("M_")
        || is_upper
            && (MACRO_STARTS.iter().any(|start| name.starts_with(start))
                || MACRO_ENDS.iter().any(|end| name.ends_with(end)));
    let is_mathematics =
        among(MATHEMATICS, name) || name.strip_suffix(['f', 'l']).is_some_and(|base| among(MATHEMATICS, base));
    name.ends_with("_t")
        || is_size
        || is_macro
        || is_mathematics
        || [KEYWORDS, OTHERS, LIBRARY, MACROS].iter().any(|words| among(words, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_identifiers() {
        for (name, expected) in [
            ("layer/0.weight", "layer_0_weight"),
            ("4x4", "_4x4"),
            ("größe", "gr__e"),
            ("", "unnamed"),
            ("W", "W"),
            ("W_Q", "W_Q"),
            ("bias", "bias"),
            ("gamma", "gamma_values"),
            ("expf", "expf_values"),
            ("double", "double_values"),
            ("class", "class_values"),
            ("NAN", "NAN_values"),
            ("INT8_MAX", "INT8_MAX_values"),
            ("INT8_WIDTH", "INT8_WIDTH_values"),
            ("FLT_EPSILON", "FLT_EPSILON_values"),
            ("M_PIf", "M_PIf_values"),
            ("uint8_t", "uint8_t_values"),
            ("linux", "linux_values"),
            ("A_DIM0", "A_DIM0_values"),
            ("a_dim0", "a_dim0"),
            ("_Bool", "array_Bool"),
            ("__x", "array__x"),
            ("_orig_mod.w", "_orig_mod_w"),
            ("/", "array_"),
        ] {
            assert_eq!(identifier(name), expected);
        }
    }

    #[test]
    fn no_two_arrays_share_an_identifier_or_its_macros() {
        let mut names = CNames::default();
        let given = ["a.b", "a/b", "A.B", "a_b_2", "a.b"].map(|name| names.of(name));
        assert_eq!(given, ["a_b", "a_b_2", "A_B_3", "a_b_2_2", "a_b"]);
        assert_eq!((names.given("A.B").as_str(), names.new_one("a.b").as_str()), ("A_B_3", "a_b_4"));
    }
}
