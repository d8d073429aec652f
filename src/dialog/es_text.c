#include "dialog/es.h"

#include <ctype.h>

static const struct {
	const char *w;
	int num;
	bool ord;
} numbers[] = {
	{"cero", 0, false},
	{"un", 1, false},
	{"uno", 1, false},
	{"una", 1, false},
	{"dos", 2, false},
	{"tres", 3, false},
	{"cuatro", 4, false},
	{"cinco", 5, false},
	{"seis", 6, false},
	{"siete", 7, false},
	{"ocho", 8, false},
	{"nueve", 9, false},
	{"diez", 10, false},
	{"once", 11, false},
	{"doce", 12, false},
	{"trece", 13, false},
	{"catorce", 14, false},
	{"quince", 15, false},
	{"dieciseis", 16, false},
	{"diecisiete", 17, false},
	{"dieciocho", 18, false},
	{"diecinueve", 19, false},
	{"veinte", 20, false},
	{"veinti", 20, false},
	{"veintiun", 21, false},
	{"veintiuno", 21, false},
	{"veintiuna", 21, false},
	{"veintidos", 22, false},
	{"veintitres", 23, false},
	{"veinticuatro", 24, false},
	{"veinticinco", 25, false},
	{"veintiseis", 26, false},
	{"veintisiete", 27, false},
	{"veintiocho", 28, false},
	{"veintinueve", 29, false},
	{"treinta", 30, false},
	{"cuarenta", 40, false},
	{"cincuenta", 50, false},
	{"sesenta", 60, false},
	{"setenta", 70, false},
	{"ochenta", 80, false},
	{"noventa", 90, false},
	{"cien", 100, false},
	{"ciento", 100, false},
	{"doscientos", 200, false},
	{"doscientas", 200, false},
	{"trescientos", 300, false},
	{"trescientas", 300, false},
	{"cuatrocientos", 400, false},
	{"cuatrocientas", 400, false},
	{"quinientos", 500, false},
	{"quinientas", 500, false},
	{"seiscientos", 600, false},
	{"seiscientas", 600, false},
	{"setecientos", 700, false},
	{"setecientas", 700, false},
	{"ochocientos", 800, false},
	{"ochocientas", 800, false},
	{"novecientos", 900, false},
	{"novecientas", 900, false},
	{"mil", 1000, false},
	{"primero", 1, true},
	{"primera", 1, true},
	{"primer", 1, true},
	{"segundo", 2, true},
	{"segunda", 2, true},
	{"tercero", 3, true},
	{"tercera", 3, true},
	{"tercer", 3, true},
};

/*
 * Words that our tables look for and that are heard or written in more than
 * one way. No word may stand here that sounds as another one that matters.
 */
static const char vocabulary[] =
	"hola hoy ahora ahorita hora horas hasta habla hablo hable hablar "
	"hablando hacer haga hagalo hace hecho humano humana hay hombre "
	"horario "
	"quiero quiere queria quisiera quien porque vale bueno buena buenas "
	"buenos bien verdad voy vez veces venga vengan venir viene vienen vaya "
	"cita citas servicio servicios necesito necesitamos necesita manana "
	"lunes martes miercoles jueves viernes sabado domingo enero febrero "
	"marzo abril mayo junio julio agosto septiembre octubre noviembre "
	"diciembre cero cuatro cinco seis siete ocho nueve diez once doce "
	"trece "
	"catorce quince dieciseis diecisiete dieciocho diecinueve veinte "
	"veintiuno veintiun veintidos veintitres veinticuatro veinticinco "
	"veintiseis veintisiete veintiocho veintinueve treinta cuarenta "
	"cincuenta sesenta setenta ochenta noventa cien ciento doscientos "
	"trescientos cuatrocientos quinientos seiscientos setecientos "
	"ochocientos novecientos llamo llama llame llamar llamen llamada "
	"llamando escriba escriban escribir escribe mensaje mensajes mensajito "
	"grabe graben grabar grabando grabada grabacion equivocado equivocada "
	"equivoque adios gracias espere esperame espereme espera repita "
	"repitalo "
	"repetir repite precio precios cuesta cuanto cuando cuarto cancelar "
	"cambiar mover ingles espanol persona maquina robot avenida calle "
	"urgente urgencia emergencia huele fuga doble triple cualquier "
	"cualquiera semana proxima proximo siguiente despues antes entre media "
	"mediodia medianoche tarde temprano noche noches tardes dias dia "
	"numero nombre apellido telefono reservar reservelo reserve envieme "
	"envielo enviar enviemelo mandeme mandelo digame dije dijo dice "
	"exacto exactamente excelente perfecto correcto claro seguro puedo "
	"puede pueden podria desocupado disponible alguien deletreo ningun "
	"ninguno ninguna nunca jamas vivo vive apartamento edificio depto "
	"boulevard bulevar carretera hubiera obvio observe bastante";

/* What is written as one word and is several, or the other way round. */
static const struct {
	const char *joined, *a, *b;
} apart[] = {
	{"alas", "a", "las"},
	{"ala", "a", "la"},
	{"porfavor", "por", "favor"},
	{"porfa", "por", "favor"},
	{"estabien", "esta", "bien"},
	{"deacuerdo", "de", "acuerdo"},
	{"pasadomanana", "pasado", "manana"},
	{"enla", "en", "la"},
	{"alrededor", "al", "rededor"},
	{"nose", "no", "se"},
	{"depronto", "de", "pronto"},
	{"nogracias", "no", "gracias"},
	{"osea", "o", "sea"},
};

static const struct {
	const char *a, *b, *ab;
} together[] = {
	{"p", "m", "pm"},
	{"a", "m", "am"},
	{"medio", "dia", "mediodia"},
	{"media", "noche", "medianoche"},
	{"uh", "huh", "aja"},
	{"a", "ja", "aja"},
	{"a", "dios", "adios"},
	{"whats", "app", "whatsapp"},
};

/* The base letter of a UTF-8 letter of Spanish; 0: none. *n its bytes. */
static char base_letter(const unsigned char *p, const unsigned char *end,
			size_t *n)
{
	static const char c3[] =
		"aaaaaaaceeeeiiiidnooooo*ouuuuypsaaaaaaaceeeeii"
		"iidnooooo/ouuuuypy";

	*n = 1;
	if (*p < 0x80)
		return isalnum(*p) ? (char)tolower(*p) : 0;
	*n = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;
	if ((size_t)(end - p) < *n)
		*n = (size_t)(end - p);
	if (*p == 0xc3 && *n == 2 && p[1] >= 0x80 && p[1] < 0xc0) {
		char c = c3[p[1] - 0x80];

		return isalpha((unsigned char)c) ? c : 0;
	}
	return 0;
}

size_t es_fold(char *out, size_t size, struct sv w)
{
	const unsigned char *p = (const unsigned char *)w.p, *end = p + w.len;
	size_t n, len = 0;

	for (; p < end && len + 1 < size; p += n) {
		char c = base_letter(p, end, &n);

		if (c)
			out[len++] = c;
	}
	if (size)
		out[len] = '\0';
	return len;
}

/* One sound of Spanish at w.p[i]; 0: silent. *skip: letters it takes more. */
static char sound_at(struct sv w, size_t i, size_t *skip)
{
	char c = w.p[i], next = i + 1 < w.len ? w.p[i + 1] : '\0';
	bool soft = next == 'e' || next == 'i';

	*skip = 0;
	switch (c) {
	case 'h':
		return 0;
	case 'v':
	case 'w':
		return 'b';
	case 'z':
	case 'x':
		return 's';
	case 'c':
		*skip = next == 'h' || next == 'k';
		return next == 'h' ? 'C' : soft ? 's' : 'k';
	case 'q':
		/* "quien", but "quatro" as "cuatro" */
		*skip = next == 'u' && i + 2 < w.len &&
			(w.p[i + 2] == 'e' || w.p[i + 2] == 'i');
		return 'k';
	case 'l':
		*skip = next == 'l';
		return next == 'l' ? 'y' : 'l';
	case 'y':
		return next ? 'y' : 'i';
	case 'g':
		if (next == 'u' && i + 2 < w.len &&
		    (w.p[i + 2] == 'e' || w.p[i + 2] == 'i'))
			*skip = 1;
		return soft ? 'j' : 'g';
	case 'm':
		return 'n';
	case 'd': /* "uste", "verda" */
		return next || w.len < 4 ? 'd' : 0;
	default:
		return c;
	}
}

struct nlu_sound es_sound(struct sv w)
{
	struct nlu_sound o = {{0}};
	size_t n = 0, skip;

	for (size_t i = 0; i < w.len && n + 1 < sizeof(o.s); i++) {
		char c = sound_at(w, i, &skip);

		if (c && !(n && o.s[n - 1] == c))
			o.s[n++] = c;
		i += skip;
	}
	return o;
}

static bool sounds_equal(struct sv a, struct sv b)
{
	struct nlu_sound x = es_sound(a), y = es_sound(b);

	return a.len < 11 && b.len < 11 && !strcmp(x.s, y.s);
}

/* The word of our vocabulary that sounds as w; w itself when none does. */
static struct sv respell(struct sv w)
{
	struct sv same = w;

	if (w.len < 2 || nlu_sv_in(w, vocabulary))
		return w;
	for (const char *p = vocabulary; *p;) {
		size_t n = strcspn(p, " ");
		struct sv v = {p, n};

		if (v.len <= w.len + 2 && w.len <= v.len + 2 &&
		    sounds_equal(w, v)) {
			same = v;
			break;
		}
		p += n + (p[n] == ' ');
	}
	return same;
}

static bool ordinal_suffix(struct sv w, size_t digits)
{
	struct sv rest = {w.p + digits, w.len - digits};

	return nlu_sv_in(rest, "o a er ero era ro ra do da to ta mo vo no st "
			       "nd rd th");
}

static void read_number(struct nlu_word *w)
{
	int64_t v;
	size_t n = 0;

	w->num = -1;
	while (n < w->w.len && isdigit((unsigned char)w->w.p[n]))
		n++;
	if (n) {
		w->figures = true;
		w->ord = n < w->w.len;
		if (n <= 4 && !sv_i64(&v, (struct sv){w->w.p, n}))
			w->num = (int)v;
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		if (sv_eq(w->w, numbers[i].w)) {
			w->num = numbers[i].num;
			w->ord = numbers[i].ord;
			return;
		}
	}
}

static void add(struct nlu_text *t, struct sv w, struct sv raw, char sep)
{
	if (t->n == NLU_WORDS)
		return;
	t->v[t->n] = (struct nlu_word){.w = w, .raw = raw, .sep = sep};
	read_number(&t->v[t->n]);
	t->n++;
}

/* Digits end where letters begin ("3pm"), but for "3ro", "3er", "42b". */
static size_t digits_end(struct sv w)
{
	size_t n = 0;

	while (n < w.len && isdigit((unsigned char)w.p[n]))
		n++;
	if (n && n < w.len && ordinal_suffix(w, n))
		return w.len;
	return n ? n : w.len;
}

/* Puts the word raw, in base letters and as we spell it, into t. */
static void add_word(struct nlu_text *t, struct sv raw, char sep)
{
	struct sv w = {t->mem + t->used, 0};

	w.len = es_fold(t->mem + t->used, sizeof(t->mem) - t->used, raw);
	if (!w.len)
		return;
	t->used += w.len;
	while (w.len) {
		struct sv part = {w.p, digits_end(w)};
		bool whole = part.len == w.len;

		for (size_t i = 0; whole && i < ARRAY_LEN(apart); i++) {
			if (!sv_eq(part, apart[i].joined))
				continue;
			add(t, sv_str(apart[i].a), raw, sep);
			add(t, sv_str(apart[i].b), raw, ' ');
			return;
		}
		add(t, respell(part), raw, sep);
		w = (struct sv){w.p + part.len, w.len - part.len};
		sep = ' ';
	}
}

static void join_pairs(struct nlu_text *t)
{
	size_t to = 0;

	for (size_t from = 0; from < t->n; from++) {
		struct nlu_word *w = &t->v[to++];
		const struct nlu_word *next = &t->v[from + 1];

		*w = t->v[from];
		for (size_t k = 0; k < ARRAY_LEN(together); k++) {
			if (from + 1 >= t->n || !sv_eq(w->w, together[k].a) ||
			    !sv_eq(next->w, together[k].b))
				continue;
			w->w = sv_str(together[k].ab);
			w->raw.len = (size_t)(next->raw.p + next->raw.len -
					      w->raw.p);
			from++;
			break;
		}
	}
	t->n = to;
}

/* Bytes of the mark at p: '?' and '!' for their Spanish beginnings, too. */
static size_t mark_at(const char *p, const char *end, char *mark)
{
	static const struct {
		const char *s;
		char mark;
	} wide[] = {
		{"\xc2\xbf", '?'},     {"\xc2\xa1", '!'},
		{"\xe2\x80\xa6", '.'}, {"\xe2\x80\x93", '-'},
		{"\xe2\x80\x94", '-'}, {"\xc2\xab", ' '},
		{"\xc2\xbb", ' '},     {"\xc2\xa0", ' '},
		{"\xe2\x80\x9c", ' '}, {"\xe2\x80\x9d", ' '},
		{"\xc2\xba", ' '},     {"\xc2\xaa", ' '},
	};

	for (size_t i = 0; i < ARRAY_LEN(wide); i++) {
		size_t n = strlen(wide[i].s);

		if ((size_t)(end - p) >= n && !memcmp(p, wide[i].s, n)) {
			*mark = wide[i].mark;
			return n;
		}
	}
	if ((unsigned char)*p >= 0x80 || isalnum((unsigned char)*p))
		return 0;
	*mark = *p && strchr(",.:;/-?!", *p) ? *p : ' ';
	return 1;
}

void es_split(struct nlu_text *t, struct sv s)
{
	const char *p = s.p, *end = s.p + s.len;
	char sep = ' ', mark;
	size_t n;

	t->n = t->used = 0;
	t->lang = NLU_ES;
	while (p < end && t->n < NLU_WORDS) {
		const char *from = p;

		n = mark_at(p, end, &mark);
		if (n) {
			if (mark != ' ' && (sep == ' ' || mark == '?'))
				sep = mark;
			p += n;
			continue;
		}
		/* "o'clock", "O'Brien": an apostrophe amid a word is none */
		while (p < end && (!mark_at(p, end, &mark) ||
				   (*p == '\'' && p > from && p + 1 < end &&
				    isalpha((unsigned char)p[1]))))
			p++;
		add_word(t, (struct sv){from, (size_t)(p - from)}, sep);
		sep = ' ';
	}
	join_pairs(t);
	/* the mark behind the last word: was it a question? */
	if (t->n < NLU_WORDS)
		t->v[t->n] = (struct nlu_word){.num = -1, .sep = sep};
}

bool es_question(const struct nlu_text *t)
{
	return (t->n && t->v[0].sep == '?') ||
	       (t->n < NLU_WORDS && t->v[t->n].sep == '?');
}

/* 0…99: "quince", "treinta y uno", "veinti dos"; words used. */
static size_t below_100(const struct nlu_text *t, size_t i, int *v)
{
	size_t n = 1;
	bool y;

	if (i >= t->n || t->v[i].ord || t->v[i].figures || t->v[i].num < 0 ||
	    t->v[i].num > 99)
		return 0;
	*v = t->v[i].num;
	y = nlu_in(t, i + 1, "y i");
	if (*v < 20 || *v % 10 || (!y && !nlu_is(t, i, "veinti")) ||
	    i + 1 + y >= t->n || t->v[i + 1 + y].figures ||
	    t->v[i + 1 + y].ord || t->v[i + 1 + y].num < 1 ||
	    t->v[i + 1 + y].num > 9)
		return n;
	*v += t->v[i + 1 + y].num;
	return n + 1 + y;
}

/* 0…999: "ciento veinte", "ocho cientos". */
static size_t below_1000(const struct nlu_text *t, size_t i, int *v)
{
	size_t n, m;
	int rest;

	if (i >= t->n || t->v[i].ord || t->v[i].figures || t->v[i].num < 0)
		return 0;
	if (t->v[i].num < 100) {
		n = below_100(t, i, v);
		if (n != 1 || *v < 2 || *v > 9 || !nlu_is(t, i + 1, "cientos"))
			return n;
		*v *= 100;
		n = 2;
	} else if (t->v[i].num < 1000) {
		*v = t->v[i].num;
		n = 1;
	} else {
		return 0;
	}
	if (nlu_is(t, i, "cien"))
		return n;
	m = below_100(t, i + n, &rest);
	if (m && rest > 0)
		*v += rest;
	return n + (m && rest > 0 ? m : 0);
}

size_t es_number(const struct nlu_text *t, size_t i, int *value, bool *ord)
{
	size_t n, m;
	int rest;

	if (i >= t->n || t->v[i].num < 0)
		return 0;
	*value = t->v[i].num;
	*ord = t->v[i].ord;
	if (*ord || t->v[i].figures)
		return 1;
	n = below_1000(t, i, value);
	if (!nlu_is(t, i + n, "mil"))
		return n;
	*value = n ? *value * 1000 : 1000;
	n++;
	m = below_1000(t, i + n, &rest);
	if (m)
		*value += rest;
	return n + m;
}

struct sv es_stem(struct sv w)
{
	static const char *const ends[] = {
		"aciones", "acion", "iendo", "ando", "amos",  "emos",
		"imos",	   "adas",  "ados",  "idas", "idos",  "ada",
		"ado",	   "ida",   "ido",   "aron", "ieron", "ar",
		"er",	   "ir",    "an",    "en",   "as",    "es",
		"os",	   "a",	    "e",     "o",    "s",
	};

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		size_t n = strlen(ends[i]);

		if (w.len >= n + 4 && !memcmp(w.p + w.len - n, ends[i], n)) {
			w.len -= n;
			break;
		}
	}
	return w;
}
