#include "codegen/cpu/entry/SiteTable.h"

#include "ir/dialect/EtchDialect.h"

namespace etch::codegen {

namespace LLVM = mlir::LLVM;
using mlir::Value;

namespace {
constexpr llvm::StringLiteral kSites = "etch.sites";
}

std::string siteTableSymbol(llvm::StringRef name) { return (name + "_sites").str(); }

SiteTable::SiteTable(mlir::ModuleOp module, const std::string &program)
    : module(module),
      outside(mlir::OpBuilder::atBlockBegin(module.getBody())),
      name(siteTableSymbol(program)),
      pointer(LLVM::LLVMPointerType::get(module.getContext())),
      site(LLVM::LLVMStructType::getLiteral(module.getContext(),
                                            {pointer, outside.getI32Type(), outside.getI32Type()})) {}

llvm::SmallVector<Value, 3> SiteTable::load(mlir::OpBuilder &b, mlir::Location at, etch::Location user) {
  size_t position = 0;
  while (position < all.size() && all[position] != user) ++position;
  if (position == all.size()) all.push_back(user);
  Value base = LLVM::AddressOfOp::create(b, at, pointer, name);
  llvm::SmallVector<Value, 3> members;
  for (auto [i, type] : llvm::enumerate(site.getBody())) {
    LLVM::GEPArg row = static_cast<int32_t>(position), column = static_cast<int32_t>(i);
    Value place = LLVM::GEPOp::create(b, at, pointer, site, base, llvm::ArrayRef<LLVM::GEPArg>{row, column});
    members.push_back(LLVM::LoadOp::create(b, at, type, place));
  }
  return members;
}

LLVM::GlobalOp SiteTable::textOf(llvm::StringRef file) {
  LLVM::GlobalOp &global = files[file];
  if (global) return global;
  std::string terminated = file.str() + '\0';
  auto type = LLVM::LLVMArrayType::get(outside.getI8Type(), terminated.size());
  global = LLVM::GlobalOp::create(outside, outside.getUnknownLoc(), type, /*isConstant=*/true, LLVM::Linkage::Private,
                                  "etch.file." + std::to_string(files.size()), outside.getStringAttr(terminated));
  return global;
}

void SiteTable::finish() {
  if (all.empty()) return;
  mlir::Location at = outside.getUnknownLoc();
  auto type = LLVM::LLVMArrayType::get(site, all.size());
  // Not constant: LLVM would put the lines into the code.
  auto table = LLVM::GlobalOp::create(outside, at, type, /*isConstant=*/false, LLVM::Linkage::External, name,
                                      mlir::Attribute(), /*alignment=*/8);
  auto *block = new mlir::Block();
  table.getInitializerRegion().push_back(block);
  auto b = mlir::OpBuilder::atBlockBegin(block);
  Value value = LLVM::UndefOp::create(b, at, type);
  llvm::SmallVector<mlir::Attribute> locations;
  for (auto [i, user] : llvm::enumerate(all)) {
    auto put = [&, row = static_cast<int64_t>(i)](Value member, int64_t column) {
      value = LLVM::InsertValueOp::create(b, at, value, member, llvm::ArrayRef<int64_t>{row, column});
    };
    put(LLVM::AddressOfOp::create(b, at, textOf(user.file)), 0);
    put(LLVM::ConstantOp::create(b, at, b.getI32IntegerAttr(user.line)), 1);
    put(LLVM::ConstantOp::create(b, at, b.getI32IntegerAttr(user.column)), 2);
    locations.push_back(mlir::FileLineColLoc::get(b.getContext(), user.file, user.line, user.column));
  }
  LLVM::ReturnOp::create(b, at, value);
  module->setAttr(kSites, b.getArrayAttr(locations));
}

std::vector<etch::Location> sitesOf(mlir::ModuleOp module) {
  std::vector<etch::Location> sites;
  if (auto all = module->getAttrOfType<mlir::ArrayAttr>(kSites))
    for (mlir::Attribute location : all) sites.push_back(ir::toUserLocation(llvm::cast<mlir::LocationAttr>(location)));
  return sites;
}

}  // namespace etch::codegen
