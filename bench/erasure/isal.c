/* ISA-L for the benchmark, as an addon of Node: `prepare` once, then `run` as often as wanted without a call from JavaScript for each.
 * ISA-L is a Debian package (libisal2); its two functions are declared here, so that its headers are not needed. */

#include <node_api.h>
#include <stdint.h>
#include <stdlib.h>

#define SHARDS_MAX 255
#define TABLE_BYTES 32

void ec_init_tables(int k, int rows, unsigned char* coefficients, unsigned char* tables);
void ec_encode_data(int length, int k, int rows, unsigned char* tables, unsigned char** sources, unsigned char** targets);

typedef struct {
  int sources;
  int targets;
  int length;
  unsigned char* shards[2 * SHARDS_MAX];
  unsigned char tables[];
} Work;

static unsigned char* bytes_of(napi_env env, napi_value view, size_t* length) {
  void* data = NULL;
  napi_get_typedarray_info(env, view, NULL, length, &data, NULL, NULL);
  return data;
}

static uint32_t count_of(napi_env env, napi_value array) {
  uint32_t count = 0;
  napi_get_array_length(env, array, &count);
  return count;
}

static void release(napi_env env, void* data, void* hint) {
  (void)env;
  (void)hint;
  free(data);
}

/* prepare(coefficients, sources, targets): views that must outlive it. */
static napi_value prepare(napi_env env, napi_callback_info info) {
  size_t count = 3, length = 0;
  napi_value args[3], view, result;
  napi_get_cb_info(env, info, &count, args, NULL, NULL);
  int sources = (int)count_of(env, args[1]), targets = (int)count_of(env, args[2]);
  Work* work = malloc(sizeof(Work) + (size_t)TABLE_BYTES * sources * targets);
  work->sources = sources;
  work->targets = targets;
  for (int i = 0; i < sources + targets; i++) {
    if (i < sources) napi_get_element(env, args[1], i, &view);
    else napi_get_element(env, args[2], i - sources, &view);
    work->shards[i] = bytes_of(env, view, &length);
  }
  work->length = (int)length;
  ec_init_tables(sources, targets, bytes_of(env, args[0], &length), work->tables);
  napi_create_external(env, work, release, NULL, &result);
  return result;
}

/* run(work, times) */
static napi_value run(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value args[2];
  void* data = NULL;
  uint32_t times = 0;
  napi_get_cb_info(env, info, &count, args, NULL, NULL);
  napi_get_value_external(env, args[0], &data);
  napi_get_value_uint32(env, args[1], &times);
  Work* work = data;
  for (uint32_t i = 0; i < times; i++) {
    ec_encode_data(work->length, work->sources, work->targets, work->tables, work->shards, work->shards + work->sources);
  }
  return NULL;
}

static napi_value init(napi_env env, napi_value exports) {
  napi_value function;
  napi_create_function(env, "prepare", NAPI_AUTO_LENGTH, prepare, NULL, &function);
  napi_set_named_property(env, exports, "prepare", function);
  napi_create_function(env, "run", NAPI_AUTO_LENGTH, run, NULL, &function);
  napi_set_named_property(env, exports, "run", function);
  return exports;
}

NAPI_MODULE(NODE_GYP_MODULE_NAME, init)
