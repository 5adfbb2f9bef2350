#include "codegen/cpu/Target.h"

#include <mutex>

#include "llvm/Analysis/CGSCCPassManager.h"
#include "llvm/Analysis/LoopAnalysisManager.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"

#include "codegen/cpu/gemm/GemmRoutine.h"
#include "codegen/cpu/OneLaneStores.h"
#include "runtime/base/error.h"
#include "runtime/cpu/cpu_features.h"
#include "runtime/cpu/target_cpu.h"

namespace etch::codegen {

namespace {

/// Instruction sets that LLVM chooses from for our code, as runtime/cpu/cpu_features knows them; others (tuning flags,
/// instructions for operating systems) do not decide whether code runs.
constexpr const char *kChecked[] = {"ssse3",
                                    "sse4.1",
                                    "sse4.2",
                                    "popcnt",
                                    "avx",
                                    "avx2",
                                    "fma",
                                    "f16c",
                                    "bmi",
                                    "bmi2",
                                    "lzcnt",
                                    "movbe",
                                    "avx512f",
                                    "avx512bw",
                                    "avx512cd",
                                    "avx512dq",
                                    "avx512vl",
                                    "avx512vbmi",
                                    "avx512vbmi2",
                                    "avx512ifma",
                                    "avx512vnni",
                                    "avx512bitalg",
                                    "avx512vpopcntdq",
                                    "avx512bf16",
                                    "avx512fp16",
                                    "gfni",
                                    "avxvnni",
                                    "avxifma",
                                    "avxneconvert",
                                    "sse4a",
                                    "xop",
                                    "fma4",
                                    "tbm"};

std::string checkedFeatures(const llvm::MCSubtargetInfo &info) {
  std::string text;
  for (const char *feature : kChecked)
    if (info.checkFeatures(std::string("+") + feature)) text += (text.empty() ? "" : ",") + std::string(feature);
  return text;
}

void initializeTargets() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
  });
}

/// Asking the CPU is slow where a hypervisor answers (100 us), so it is asked once.
const std::string &hostName() {
  static const std::string name = llvm::sys::getHostCPUName().str();
  return name;
}

}  // namespace

std::unique_ptr<llvm::TargetMachine> createTargetMachine(const std::string &cpu) {
  initializeTargets();
  llvm::Triple triple(llvm::sys::getDefaultTargetTriple());
  std::string error;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target) throw InternalError("LLVM has no target for this machine: " + error);
  const bool isChosen = cpu == "native" && runtime::target_cpu() != cpu;
  std::string name = isChosen ? runtime::target_cpu() : cpu;
  llvm::SubtargetFeatures features;
  if (name == "native") {
    static const llvm::StringMap<bool> hostFeatures = llvm::sys::getHostCPUFeatures();
    name = hostName();
    // The name implies most features; a virtual machine may hide some. Only the differences are spelled out: LLVM looks
    // the whole string up for every function in many passes.
    std::unique_ptr<llvm::MCSubtargetInfo> implied(target->createMCSubtargetInfo(triple, name, ""));
    for (auto &[feature, enabled] : hostFeatures)
      if (implied->checkFeatures((enabled ? "+" : "-") + feature.str()) == false) features.AddFeature(feature, enabled);
  }
  const std::string place = isChosen ? "ETCH_TARGET_CPU: " : "";
  std::unique_ptr<llvm::MCSubtargetInfo> info(target->createMCSubtargetInfo(triple, "", ""));
  if (info && !info->isCPUStringValid(name))
    throw UserError(place + "unknown CPU '" + name +
                    "'; LLVM names are expected, for instance x86-64-v2, x86-64-v3, x86-64-v4, znver4, native");
  std::unique_ptr<llvm::MCSubtargetInfo> chosen(target->createMCSubtargetInfo(triple, name, ""));
  if (triple.isX86() && !chosen->checkFeatures("+64bit"))
    throw UserError(place + "the CPU '" + name + "' runs no code of 64 bits; x86-64 is the least that does");
  if (isChosen) {
    const std::string required = checkedFeatures(*chosen);
    const std::string_view missing = runtime::first_missing_cpu_feature(required);
    if (!missing.empty())
      throw UserError(place + "code for '" + name + "' needs '" + std::string(missing) + "', which this machine lacks");
  }
  // PIC and the small code model: the same bytes serve the JIT, objects and caches.
  llvm::TargetOptions options;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(triple, name, features.getString(), options,
                                                                          llvm::Reloc::PIC_, llvm::CodeModel::Small,
                                                                          llvm::CodeGenOptLevel::Default));
}

llvm::TargetMachine &targetMachine(const std::string &cpu) {
  static thread_local llvm::StringMap<std::unique_ptr<llvm::TargetMachine>> machines;
  std::unique_ptr<llvm::TargetMachine> &machine = machines[cpu];
  if (!machine) machine = createTargetMachine(cpu);
  return *machine;
}

std::string requiredFeatures(const llvm::TargetMachine &machine, const llvm::Module &module) {
  std::string text = checkedFeatures(*machine.getMCSubtargetInfo());
  // The routine may be compiled already and only declared here.
  const VectorUnit unit = vectorUnitOf(machine);
  if (unit.amx && module.getFunction(gemmName(unit, DType::bf16, Policy::standard))) text += ",amx-bf16";
  return text;
}

VectorUnit vectorUnitOf(const llvm::TargetMachine &machine) {
  const llvm::MCSubtargetInfo &info = *machine.getMCSubtargetInfo();
  auto has = [&](const char *feature) { return info.checkFeatures(std::string("+") + feature); };
  if (!machine.getTargetTriple().isX86()) return {128, 32, true};
  // Whether the operating system knows tiles, too, is known of this machine only.
  const bool isHere = machine.getTargetCPU() == hostName();
  const bool hasTiles = has("amx-bf16") && has("avx512bf16");
  // Processors with products of f16 start those of pairs of bf16 every other cycle only (docs/decisions/0046).
  const bool hasPairs = has("avx512bf16") && !has("amx-bf16") && !has("avx512fp16");
  // Measured on Zen 4, whose stores read what they overwrite (docs/decisions/0070-streamed-results.md); Xeons took the
  // time of memcpy without.
  const bool streams = machine.getTargetCPU().starts_with("znver");
  const bool halves = machine.getTargetCPU() == "znver4";
  if (has("avx512f") && has("avx512dq"))
    return {512, 32, true, hasTiles && (!isHere || runtime::knows_cpu_feature("amx-bf16")), hasPairs, streams, halves};
  // AVX alone has 256 bits for arithmetic of floats, where LLVM takes them, but not for permutations and integers.
  return {has("avx2") ? 256 : 128, 16, has("fma"), false, false, streams};
}

static void runPasses(llvm::Module &module, llvm::TargetMachine &machine, const std::string &pipeline) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager graph;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(graph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, graph, modules);
  llvm::ModulePassManager passes;
  if (auto error = builder.parsePassPipeline(passes, pipeline))
    throw InternalError("LLVM pipeline: " + llvm::toString(std::move(error)));
  passes.run(module, modules);
  storeSingleLanes(module);
}

std::string irPasses(Effort effort) {
  std::string passes =
      "sroa,early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,loop-simplify,lcssa,loop-mssa(licm)";
  // What is hoisted twice; the code generator finds most of it, too.
  if (effort == Effort::whole) passes += ",early-cse,simplifycfg";
  return passes;
}

void optimize(llvm::Module &module, llvm::TargetMachine &machine, Effort effort) {
  runPasses(module, machine, "function(" + irPasses(effort) + ")");
}

void removeUncalled(llvm::Module &module, llvm::TargetMachine &machine) {
  // What is constant now makes masks of vectors constant; storeSingleLanes has to see those.
  runPasses(module, machine, "ipsccp<no-func-spec>,globaldce,function(instsimplify)");
}

}  // namespace etch::codegen
